"""``fix``: one's own label mended, another's left alone, and what remains said with the reason."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import ExplicitLabel, ImplicitLabel, SigningKey, check, fix, label, read
from aigc_label.errors import AssetError, CannotCarry, InvalidLabel, LabelConflict
from aigc_label.fixing import reasons
from aigc_label.model import Finding
from aigc_label.rules import all_rules
from aigc_label.trust.keys import generate

ME = "Studio"
GOOD = ImplicitLabel(content_producer=ME, produce_id="42").fields


def poem(front: str, body: str = "正文\n") -> bytes:
    return f"---\n{front}---\n\n{body}".encode()


def block(**fields: str) -> str:
    return "AIGC:\n" + "".join(f'  {key}: "{value}"\n' for key, value in fields.items())


def mended(data: bytes, **options):
    done = fix(data, ME, name="a.md", **options)
    (found,) = check(done.written.data, name="a.md").inspection.labels
    return done, dict(found.fields)


def rules_of(findings) -> set[str]:
    return {finding.rule for finding in findings}


class TestOnesOwnLabel:
    def test_a_missing_one_is_added_with_a_number_of_its_own(self):
        done, fields = mended(b"# A poem\n", explicit=ExplicitLabel())
        assert fields["ContentProducer"] == fields["ContentPropagator"] == ME
        assert fields["ProduceID"] == fields["PropagateID"]
        assert rules_of(done.mended) == {"implicit.missing", "explicit.missing"}
        assert (done.before.ok, done.ok, done.changed) == (False, True, True)
        assert "AI生成" in done.written.data.decode()
        _, fields = mended(b"# A poem\n", produce_id="7")
        assert fields["ProduceID"] == "7"

    def test_spelling_and_types_are_repaired_and_values_kept(self):
        data = poem("aigc:\n  Label: 1\n  contentProducer: Studio\n  ProducerID: 42\n")
        done, fields = mended(data)
        assert fields == GOOD
        assert {"implicit.key-spelling", "implicit.label-value"} <= rules_of(done.mended)
        assert rules_of(f for f, _ in done.remaining) == {"explicit.missing"}

    @pytest.mark.parametrize("value", ["", "9", "生成"])
    def test_a_state_that_means_nothing_becomes_the_producers(self, value):
        _, fields = mended(poem(block(Label=value, ContentProducer=ME, ProduceID="42")))
        assert fields == GOOD

    @pytest.mark.parametrize("value", ["2", "3"])
    def test_a_state_that_means_something_stays_and_is_said(self, value):
        done, fields = mended(poem(block(Label=value, ContentProducer=ME, ProduceID="42")))
        assert fields["Label"] == value
        assert "only a person" in {f.rule: why for f, why in done.remaining}["implicit.state"]

    def test_propagation_elements_are_filled_as_annex_e_says(self):
        given = {"Label": "1", "ContentProducer": ME, "ProduceID": "42"}
        for empty in ({}, {"ContentPropagator": "", "PropagateID": ""}, {"ContentPropagator": ME}):
            assert mended(poem(block(**given, **empty)))[1] == GOOD

    def test_a_number_of_nobody_is_not_given_to_anybody(self):
        data = poem(block(**{**GOOD, "ContentPropagator": "", "PropagateID": "77"}))
        done, fields = mended(data)
        assert (fields["ContentPropagator"], fields["PropagateID"]) == ("", "77")
        assert not done.changed

    def test_a_platforms_elements_stay_slips_and_all(self):
        platform = {
            "ContentPropagator": "0011" + "9" * 20,
            "PropagateID": "",
            "ReservedCode2": "theirs",
        }
        data = poem(
            "AIGC:\n" + block(**{**GOOD, **platform}).partition("\n")[2].replace('"1"', "1")
        )
        done, fields = mended(data)
        assert done.changed
        assert {key: fields[key] for key in platform} == platform

    def test_an_empty_producer_or_number_is_filled(self):
        done, fields = mended(poem(block(Label="1", ContentProducer="", ProduceID="42")))
        assert fields == GOOD
        assert "implicit.producer-missing" in rules_of(done.mended)
        done, fields = mended(poem(block(Label="1", ContentProducer=ME, ProduceID="")))
        assert fields["ProduceID"]
        assert "implicit.produce-id-missing" in rules_of(done.mended)

    def test_security_information_is_kept_and_said_to_need_another_signature(self):
        signed = {"Label": "1", "ContentProducer": ME, "ProduceID": "", "ReservedCode1": "5e8b"}
        done, fields = mended(poem(block(**signed)))
        assert fields["ReservedCode1"] == "5e8b"
        assert any("sign the label again" in note for note in done.written.notes)

    def test_what_is_right_stays_byte_for_byte(self, tmp_path):
        made = label(b"# A poem\n", ImplicitLabel.from_fields(GOOD), name="a.md").data
        for dry_run in (True, False):
            done = fix(made, ME, name="a.md", dry_run=dry_run)
            assert (done.changed, done.mended, done.written.notes) == (False, (), ())
        assert done.written.data == made
        target = tmp_path / "b.md"
        (tmp_path / "a.md").write_bytes(made)
        fix(tmp_path / "a.md", ME, to=target)
        assert target.read_bytes() == made


class TestCopies:
    TWO = block(Label="1", ContentProducer=ME, ProduceID="42")

    def test_copies_that_agree_become_one(self):
        data = poem(self.TWO) + poem(self.TWO)
        assert len(check(data, name="a.md").inspection.labels) == 2
        done, fields = mended(data)
        assert fields == GOOD
        assert "implicit.multiple" in rules_of(done.mended)

    def test_what_one_of_them_lacks_comes_from_the_other(self):
        other = block(
            Label="1", ContentProducer=ME, ProduceID="", ContentPropagator="P", PropagateID="7"
        )
        _, fields = mended(poem(self.TWO) + poem(other))
        assert fields == {**GOOD, "ContentPropagator": "P", "PropagateID": "7"}

    def test_copies_that_disagree_are_left_alone_until_somebody_says_which_is_right(self):
        data = poem(self.TWO) + poem(self.TWO.replace("42", "43"))
        with pytest.raises(LabelConflict, match=r"disagree about ProduceID: '42' .* '43'.*--prod"):
            fix(data, ME, name="a.md")
        assert mended(data, produce_id="43")[1]["ProduceID"] == "43"
        filled = block(**GOOD)
        both = poem(filled) + poem(filled.replace("42", "43"))
        assert mended(both, produce_id="42")[1] == GOOD
        with pytest.raises(LabelConflict, match="has the number '43', not '44'"):
            fix(data, ME, produce_id="44", name="a.md")

    def test_elements_of_two_hands_are_not_mixed(self):
        platform = self.TWO + '  ContentPropagator: "Desk"\n  PropagateID: "7"\n'
        unnamed = self.TWO + '  ReservedCode2: "x"\n'
        with pytest.raises(LabelConflict, match="disagree about ContentPropagator"):
            fix(poem(platform) + poem(unnamed), ME, name="a.md")
        own = self.TWO + '  ContentPropagator: "Studio"\n  PropagateID: "42"\n'
        number = self.TWO + '  ContentPropagator: ""\n  PropagateID: "77"\n'
        _, fields = mended(poem(own) + poem(number))
        assert (fields["ContentPropagator"], fields["PropagateID"]) == ("", "77")

    def test_another_disagreement_is_for_label(self):
        data = poem(self.TWO) + poem(self.TWO.replace('"1"', '"2"'))
        with pytest.raises(LabelConflict, match=r"disagree about Label.*`aigc-label label`"):
            fix(data, ME, name="a.md")


class TestRefusals:
    @pytest.mark.parametrize(
        "fields",
        [
            {"Label": "1", "contentProducer": "Other", "ProduceID": "42"},
            {"Label": "3", "ContentProducer": "", "ContentPropagator": "Desk", "PropagateID": "1"},
        ],
    )
    @pytest.mark.parametrize("only", [None, "implicit", "explicit"])
    def test_anothers_label_is_not_touched(self, tmp_path, fields, only):
        path = tmp_path / "a.md"
        path.write_bytes(poem(block(**fields)))
        before = path.read_bytes()
        with pytest.raises(LabelConflict, match="only its owner may mend it"):
            fix(path, ME, explicit=ExplicitLabel(), only=only, to=path)
        assert path.read_bytes() == before

    def test_one_of_anothers_among_ones_own_is_enough(self):
        own = block(Label="1", ContentProducer=ME, ProduceID="42")
        with pytest.raises(LabelConflict):
            fix(poem(own) + poem(own.replace(ME, "Other")), ME, name="a.md")

    def test_what_no_label_may_hold_is_said(self):
        data = poem(block(Label="1", ContentProducer=ME, ProduceID="4\\n2"))
        with pytest.raises(CannotCarry, match=r"ProduceID contains U\+000A"):
            fix(data, ME, name="a.md")

    @pytest.mark.parametrize(
        ("producer", "number"), [("", None), ("0011" + "9" * 20, None), ("a", "")]
    )
    def test_a_producer_or_a_number_that_cannot_be(self, producer, number):
        with pytest.raises(InvalidLabel):
            fix(b"text", producer, produce_id=number, name="a.md")

    def test_a_damaged_and_a_missing_file(self, tmp_path):
        with pytest.raises(AssetError):
            fix(b"\x89PNG\r\n\x1a\n\x00\x00", ME, name="a.png")
        with pytest.raises(FileNotFoundError):
            fix(tmp_path / "none.png", ME)


class TestMarks:
    def test_an_insufficient_mark_gets_a_sufficient_one_beside_it(self):
        made = label("AI辅助\n\n正文\n".encode(), ImplicitLabel.from_fields(GOOD), name="a.md").data
        before = rules_of(check(made, name="a.md").findings)
        done, _ = mended(made, explicit=ExplicitLabel())
        assert done.ok
        assert before & rules_of(done.mended)

    def test_none_is_drawn_where_none_is_asked_for(self):
        done, _ = mended(poem(block(**GOOD)))
        ((found, why),) = done.remaining
        assert (found.rule, why) == (
            "explicit.missing",
            "no mark was asked for, or none could be drawn",
        )

    def test_what_nobody_looked_at_is_left_alone(self):
        done = fix(poem(block(**GOOD)), ME, explicit=ExplicitLabel(), only="implicit", name="a.md")
        assert not done.changed
        assert any(f.rule == "explicit.open" for f, _ in done.remaining)

    def test_a_format_that_takes_no_mark_bears_the_label(self, monkeypatch):
        from aigc_label import registry

        monkeypatch.setattr(registry, "marker_for", lambda _: None)
        done, fields = mended(b"# A poem\n", explicit=ExplicitLabel())
        assert fields["ContentProducer"] == ME
        why = {found.rule: reason for found, reason in done.remaining}
        assert "show it around the content" in why["explicit.missing"]

    def test_a_file_that_takes_no_mark_bears_the_label_and_a_note_says_why(self, monkeypatch):
        from aigc_label import registry
        from aigc_label.contract import Marker

        def refuse(*_args):
            raise CannotCarry("no room for words")

        stubborn = Marker(id="stubborn", formats=("markdown",), mark=refuse)
        monkeypatch.setattr(registry, "marker_for", lambda _: stubborn)
        done, fields = mended(b"# A poem\n", explicit=ExplicitLabel())
        assert fields["ContentProducer"] == ME
        assert "no mark was drawn: no room for words" in done.written.notes

    def test_plain_text_bears_the_mark_alone(self):
        done = fix("正文\n".encode(), ME, explicit=ExplicitLabel(), name="a.txt")
        assert (done.ok, done.written.label) == (True, None)
        assert "AI生成" in done.written.data.decode()


class TestTargets:
    DATA = poem("aigc:\n  Label: 1\n  ContentProducer: Studio\n  ProduceID: 42\n")

    def test_a_dry_run_shows_the_result_and_writes_nothing(self, tmp_path, monkeypatch):
        from aigc_label import fixing

        path = tmp_path / "a.md"
        path.write_bytes(self.DATA)
        for held in (1 << 20, 0):  # in memory, and in a temporary file
            monkeypatch.setattr(fixing, "_HELD", held)
            done = fix(path, ME, to=tmp_path / "b.md", dry_run=True)
            assert (done.changed, done.written.dry_run, done.written.target) == (True, True, None)
            assert done.written.data is None
            assert dict(done.after.inspection.labels[0].fields) == GOOD
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.md"]
        assert path.read_bytes() == self.DATA

    def test_in_place_and_elsewhere(self, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes(self.DATA)
        assert fix(path, ME, to=tmp_path / "b.md").written.target == tmp_path / "b.md"
        assert path.read_bytes() == self.DATA
        fix(path, ME, to=path)
        for each in (path, tmp_path / "b.md"):
            assert dict(read(each).labels[0].fields) == GOOD

    def test_streams(self):
        out = io.BytesIO()
        done = fix(io.BytesIO(self.DATA), ME, to=out, name="a.md")
        assert done.written.data is None
        assert dict(read(out.getvalue(), name="a.md").labels[0].fields) == GOOD

    def test_as_json(self):
        told = json.loads(json.dumps(fix(self.DATA, ME, name="a.md", lang="zh").as_dict()))
        assert (told["path"], told["changed"], told["target"]) == ("a.md", True, None)
        assert told["before"]["labels"][0]["quirks"]
        assert told["after"]["labels"][0]["fields"] == GOOD
        assert told["mended"][0].keys() >= {"rule", "binding", "message"}
        assert all(each["why"] for each in told["remaining"])


def test_labels_of_real_files_are_mended_or_refused(corpus):
    """Whatever a producer has written, it can put right; nothing else changes hands."""
    changed = 0
    for file in corpus:
        if file.path.parent.name not in ("labelled", "variants"):
            continue
        before = check(file.path, only="implicit")
        owners = {found.fields.get("ContentProducer", "") for found in before.inspection.labels}
        owner = max(owners, default="")
        if not owner:
            continue
        try:
            done = fix(file.path, owner, only="implicit", dry_run=True)
        except (LabelConflict, CannotCarry):
            continue
        after = done.after.inspection.labels
        assert len(after) == 1, file.path
        assert dict(after[0].fields)["ContentProducer"] == owner, file.path
        kept = {"implicit.charset", "implicit.state", "implicit.misplaced"}
        left = {f.rule for f in done.after.findings if f.kind == "fail" and f.level != "note"}
        assert left <= kept, file.path
        assert done.ok, file.path
        changed += done.changed
    assert changed > 100


def test_every_rule_has_a_reason_why_it_may_remain():
    for rule in all_rules():
        found = Finding(rule=rule.id, kind="fail", level="error", message="m", clause="c")
        assert reasons.why(found)
    short = Finding(rule="explicit.duration", kind="fail", level="error", message="m", clause="c")
    assert "no more room or time" in reasons.why(short, drawn=True)
    assert "none could be drawn" in reasons.why(short)
    told = Finding(rule="x.y", kind="notApplicable", level="none", message="m", clause="c")
    assert reasons.why(told) == "it does not apply"


_VALUES = st.sampled_from(["", "1", "2", "42", ME, "Desk", "作品 一", "a\\\\b", " ", "x" * 300])


@given(
    copies=st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, _VALUES)), min_size=1, max_size=3
    )
)
def test_whatever_stands_in_a_label_no_value_is_lost_and_a_second_fix_changes_nothing(copies):
    data = b"".join(poem(block(**{"Label": "1", "ContentProducer": ME, **one})) for one in copies)
    before = check(data, name="a.md", only="implicit").inspection.labels
    try:
        done = fix(data, ME, name="a.md", only="implicit")
    except AssetError:
        return
    (after,) = done.after.inspection.labels
    assert after.fields["ContentProducer"] == ME
    for found in before:
        assert found.fields.get("ContentProducer", "") in ("", ME)
        for key in ("ProduceID", "ReservedCode1", "ReservedCode2"):
            assert found.fields.get(key, "") in ("", after.fields[key])
        if found.fields.get("ContentPropagator", "") not in ("", ME):
            assert found.fields["ContentPropagator"] == after.fields["ContentPropagator"]
    again = fix(done.written.data, ME, name="a.md", only="implicit")
    assert not again.changed


def test_a_signature_follows_what_is_mended():
    key = SigningKey.from_pem(generate("ecdsa")[0])
    implicit = ImplicitLabel(content_producer=ME, produce_id="42")
    signed = label(b"# A poem\n", implicit, name="a.md", sign=key).data
    drawn = fix(signed, ME, name="a.md", explicit=ExplicitLabel())
    assert any("--sign-key" in note for note in drawn.written.notes)
    (found,) = drawn.after.inspection.labels
    assert (found.security.status, found.security.detail) == ("failed", "moved")
    mended = fix(drawn.written.data, ME, name="a.md", explicit=ExplicitLabel(), sign=key)
    (found,) = mended.after.inspection.labels
    assert (found.security.status, found.security.binding) == ("intact", "matches")
    assert mended.ok
    assert not fix(mended.written.data, ME, name="a.md", sign=key).changed
