"""Each rule strikes where it should and nowhere else: a table over real inspections."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judging import bare, c2pa, found, judge, mark, seen, struck

from aigc_label import api, profile, rules
from aigc_label.carriers import record
from aigc_label.detect.hearing import listening
from aigc_label.errors import AssetError, LimitExceeded, Malformed, UnknownFormat
from aigc_label.model import Medium, Security

ERROR, WARNING, NOTE = ("fail", "error"), ("fail", "warning"), ("fail", "note")
INFO = ("informational", "none")
OPEN, NOT_APPLICABLE = ("open", "none"), ("notApplicable", "none")

_LONG_AGO = FileNotFoundError(2, "No such file or directory", "a.png")
_DAMAGED = Malformed("chunk IDAT ends behind the file", offset=33)
_ELSEWHERE = "implicit.missing-but-declared-elsewhere"
_CAPTURE = c2pa(scheme="iptc", ai=False, detail="digitalCapture")
_PLAIN_TEXT = {"format": "text", "homes": (), "labels": ()}


def quirked(*quirks: str, **changes: str) -> object:
    return seen(labels=(found(quirks=quirks, **changes),))


def marked(*marks: object, medium: Medium = Medium.IMAGE, **changes: object) -> object:
    return seen(medium, marks=marks, **changes)


def signed(status: str, detail: str = "") -> object:
    security = Security(status=status, detail=detail)
    return seen(labels=(found(ReservedCode1="{}", security=security),))


UNVERIFIED = [
    "opaque",
    "no-signature",
    "no-key",
    "unknown-algorithm",
    "unknown-message",
    "platform-only",
    "not-installed",
]
UNTRUE = [
    "changed",
    "foreign-key",
    "revoked",
    "moved",
    "replayed",
    "binding-changed",
    "unsigned",
    "unbound",
]

ALL_ON = profile.Profile(id="all", title="every rule", rules={"*": "on"})

STRIKES = [
    # the file
    ("file.unreadable", ERROR, bare(size=0, format=None, problem=_LONG_AGO)),
    ("file.unreadable", ERROR, bare(size=9, problem=OSError("the disk is gone"))),
    ("file.unreadable", ERROR, bare(size=0, format=None, problem=AssetError("it is a pipe"))),
    ("file.empty", ERROR, bare(size=0, format=None, problem=UnknownFormat("empty"))),
    ("file.empty", ERROR, bare(size=0)),
    ("file.unknown-format", ERROR, bare(format=None, problem=UnknownFormat("?"))),
    ("file.unknown-format", ERROR, bare(format=None, medium=None, homes=())),
    ("file.malformed", ERROR, bare(problem=_DAMAGED)),
    ("file.limit", ERROR, bare(problem=LimitExceeded("boxes are nested 65 deep"))),
    ("file.credentials", WARNING, seen(signals=(c2pa(state="invalid", problem="mismatch"),))),
    ("file.credentials", OPEN, seen(signals=(c2pa(problem="they stand elsewhere"),))),
    # whether the label is there, where, how often
    ("implicit.missing", ERROR, bare()),
    ("implicit.missing", OPEN, bare(problem=_DAMAGED)),
    ("implicit.missing", OPEN, bare(format=None, problem=UnknownFormat("?"))),
    ("implicit.missing", NOT_APPLICABLE, seen(Medium.TEXT, **_PLAIN_TEXT)),
    ("implicit.misplaced", ERROR, seen(labels=(found(carrier="png.exif", home=False),))),
    (
        "implicit.misplaced",
        NOTE,
        seen(Medium.TEXT, **{**_PLAIN_TEXT, "labels": (found(home=False),)}),
    ),
    ("implicit.multiple", ERROR, seen(labels=(found(), found(carrier="png.text")))),
    ("implicit.multiple", ERROR, seen(labels=(found(offset=1), found(offset=99)))),
    ("implicit.disagree", ERROR, seen(labels=(found(), found(ProduceID="other")))),
    ("implicit.disagree", ERROR, seen(labels=(found(), found(ContentProducer="other")))),
    (_ELSEWHERE, ERROR, bare(signals=(c2pa(ai=None), c2pa()))),
    (_ELSEWHERE, ERROR, bare(signals=(c2pa(scheme="iptc"),))),
    (_ELSEWHERE, WARNING, bare(signals=(c2pa(scheme="vendor"),))),
    (_ELSEWHERE, NOTE, bare(homes=(), signals=(c2pa(),))),
    ("implicit.contradicted", WARNING, seen(signals=(_CAPTURE,))),
    ("implicit.contradicted", WARNING, seen(signals=(c2pa(ai=None), _CAPTURE))),
    ("implicit.contradicted", NOTE, seen(signals=(c2pa(ai=None, detail="manifest present"),))),
    # keys and values
    ("implicit.key-spelling", ERROR, quirked("key-spelling")),
    ("implicit.key-spelling", ERROR, quirked("lower-case-key")),
    ("implicit.key-unknown", ERROR, quirked("key-unknown")),
    ("implicit.key-missing", ERROR, seen(labels=(found(drop=("ProduceID",)),))),
    ("implicit.key-missing", ERROR, seen(labels=(found(drop=("Label",)),))),
    ("implicit.key-missing", NOTE, seen(labels=(found(drop=("PropagateID",)),))),
    ("implicit.key-missing", NOTE, seen(labels=(found(Label="2", drop=("ProduceID",)),))),
    ("implicit.label-value", ERROR, seen(labels=(found(Label="4"),))),
    ("implicit.label-value", ERROR, seen(labels=(found(Label=""),))),
    ("implicit.label-value", ERROR, quirked("label-word")),
    ("implicit.label-value", WARNING, quirked("label-number")),
    ("implicit.producer-missing", ERROR, seen(labels=(found(ContentProducer=""),))),
    ("implicit.producer-missing", ERROR, seen(labels=(found(ContentProducer="  "),))),
    ("implicit.produce-id-missing", ERROR, seen(labels=(found(ProduceID=""),))),
    ("implicit.state", WARNING, seen(labels=(found(Label="2"),))),
    (
        "implicit.state",
        WARNING,
        seen(labels=(found(Label="3", ContentProducer="", ContentPropagator=""),)),
    ),
    # codes: the wrong length, a wrong check character, no credit code, a bad extension
    ("implicit.producer-code", WARNING, seen(labels=(found(ContentProducer="0011" + "9" * 20),))),
    (
        "implicit.producer-code",
        WARNING,
        seen(labels=(found(ContentProducer="001191110102MACQD9K64110000"),)),
    ),
    (
        "implicit.producer-code",
        WARNING,
        seen(labels=(found(ContentPropagator="0011911101O2MACQD9K64010000"),)),
    ),
    # writing
    ("implicit.charset", WARNING, seen(labels=(found(ContentProducer="某某科技"),))),
    ("implicit.charset", WARNING, seen(labels=(found(ProduceID="a b"),))),
    ("implicit.charset", WARNING, seen(labels=(found(ProduceID="a\\b"),))),
    ("implicit.charset", ERROR, seen(labels=(found(ProduceID="a\x00b"),))),
    ("implicit.charset", ERROR, seen(labels=(found(ProduceID="a\ud800b"),))),
    ("implicit.value-type", WARNING, quirked("null-value")),
    ("implicit.value-type", WARNING, quirked("number-value")),
    ("implicit.value-type", WARNING, quirked("nested-object")),
    ("implicit.encoding", ERROR, quirked("double-encoded")),
    ("implicit.encoding", ERROR, quirked("base64")),
    ("implicit.encoding", ERROR, quirked("entity-escaped")),
    ("implicit.encoding", ERROR, quirked("trailing-comma")),
    ("implicit.encoding", ERROR, quirked("truncated")),
    ("implicit.encoding", ERROR, quirked("not-json")),
    ("implicit.encoding", ERROR, quirked("malformed-xml")),
    ("implicit.encoding", ERROR, quirked("bad-crc")),
    ("implicit.encoding", ERROR, quirked("duplicate-key")),
    ("implicit.encoding", ERROR, quirked("split-properties")),
    ("implicit.encoding", ERROR, quirked("xmp-namespace")),
    ("implicit.encoding", ERROR, quirked("nested")),
    ("implicit.encoding", ERROR, quirked("not-yaml")),
    ("implicit.encoding", ERROR, quirked("flattened")),
    ("implicit.encoding", ERROR, quirked("malformed-exif")),
    ("implicit.encoding", WARNING, quirked("control-characters")),
    ("implicit.encoding", WARNING, quirked("trailing-garbage")),
    ("implicit.encoding", NOTE, quirked("a-quirk-of-the-future")),
    ("implicit.propagator-stale", WARNING, seen()),
    ("implicit.propagator-stale", WARNING, seen(labels=(found(ContentPropagator="P"),))),
    (
        "implicit.propagator-stale",
        WARNING,
        seen(labels=(found(ContentPropagator="", PropagateID=""),)),
    ),
    ("implicit.security", OPEN, seen(labels=(found(ReservedCode1="5e8bb5d8"),))),
    ("implicit.security", OPEN, seen(labels=(found(ReservedCode2="5e8bb5d8"),))),
    *(("implicit.security", OPEN, signed("unsupported", detail)) for detail in UNVERIFIED),
    *(("implicit.security", ERROR, signed("failed", detail)) for detail in UNTRUE),
    ("implicit.security", INFO, signed("intact", "out-of-date")),
    # the mark
    ("explicit.missing", ERROR, bare()),
    ("explicit.open", OPEN, seen(marks=None)),
    ("explicit.open", OPEN, bare(problem=_DAMAGED)),
    ("explicit.wording", ERROR, marked(mark("AI"))),
    ("explicit.wording", ERROR, marked(mark("虚拟主播"), mark("AI辅助"))),
    ("explicit.wording", ERROR, marked(mark("AI辅助", kind="voice"), medium=Medium.AUDIO)),
    ("explicit.position", WARNING, marked(mark(place="middle"), medium=Medium.TEXT)),
    ("explicit.position", WARNING, marked(mark(place="middle"))),
    ("explicit.position", ERROR, marked(mark(at=(5.0, 9.0)), medium=Medium.VIDEO)),
    ("explicit.contrast", WARNING, marked(mark(contrast=1.6))),
    ("explicit.height", ERROR, marked(mark(ratio=0.02))),
    ("explicit.height", WARNING, marked(mark(ratio=0.045))),
    ("explicit.height", ERROR, marked(mark(ratio=0.03), medium=Medium.VIDEO)),
    ("explicit.duration", ERROR, marked(mark(at=(0.0, 1.9)), medium=Medium.VIDEO)),
    ("explicit.duration", INFO, marked(mark(at=(0.0, 1.2), extent=1.2), medium=Medium.VIDEO)),
    ("explicit.duration", ERROR, marked(mark(at=(0.0, 1.2), extent=1.9), medium=Medium.VIDEO)),
    ("explicit.duration", ERROR, marked(mark(at=(0.3, 1.2), extent=1.2), medium=Medium.VIDEO)),
    (
        "explicit.duration",  # what comes later does not make the start's longer
        ERROR,
        marked(mark(at=(0.0, 1.0)), mark(at=(3.0, 3.5)), medium=Medium.VIDEO),
    ),
    (
        "explicit.height",  # large ones that come too late do not make up for small ones
        ERROR,
        marked(
            mark(at=(0.0, 3.0), ratio=0.02), mark(at=(4.0, 9.0), ratio=0.08), medium=Medium.VIDEO
        ),
    ),
    ("explicit.position", WARNING, marked(mark(place="middle", extent=500), medium=Medium.TEXT)),
    ("explicit.lower-case", NOTE, marked(mark("内容由 ai 生成"))),
]

FURTHER = [
    rules.Case(inspection=bare(problem=AssetError("it is locked; give the password"))),
    rules.Case(inspection=seen(labels=(found(quirks=("comment-encoding",)),))),
    rules.Case(inspection=seen(homes=(), places=("png.xmp",), labels=(found(home=False),))),
    rules.Case(inspection=bare(), declared=True),
    rules.Case(inspection=bare(), only="explicit"),
    rules.Case(inspection=bare(), markable=lambda: False),
    rules.Case(inspection=seen(marks=None), only="implicit"),
    rules.Case(inspection=seen(marks=None, unseen="no model is installed")),
    rules.Case(inspection=seen(marks=None, unseen=listening.UNHEARD)),
    rules.Case(inspection=seen(labels=(found(home=False),))),
    rules.Case(
        inspection=seen(labels=(found(ContentPropagator="P", PropagateID="7"),)), propagator="Q"
    ),
]
"""Cases in which more than the inspection decides which message is given."""

PASSES = [
    ("file.credentials", seen(signals=(c2pa(state="valid"),))),
    ("file.unreadable", seen()),
    ("file.empty", seen(size=1)),
    ("file.empty", bare(size=0, problem=_LONG_AGO)),
    ("file.empty", bare(size=0, problem=AssetError("the check broke off"))),
    ("file.unknown-format", seen()),
    ("file.unknown-format", bare(size=0, format=None, problem=UnknownFormat("empty"))),
    ("file.unknown-format", bare(format=None, problem=_LONG_AGO)),
    ("file.unreadable", bare(problem=_DAMAGED)),
    ("file.malformed", bare(problem=AssetError("the check broke off"))),
    ("file.malformed", bare(problem=LimitExceeded("too deep"))),
    ("file.malformed", bare(problem=UnknownFormat("?"))),
    ("file.limit", bare(problem=_DAMAGED)),
    ("implicit.missing", seen()),
    ("implicit.missing", seen(problem=_DAMAGED)),
    ("implicit.missing", bare(size=0)),
    ("implicit.misplaced", seen(labels=(found(home=False), found()))),
    ("implicit.multiple", seen()),
    ("implicit.disagree", seen(labels=(found(), found(carrier="png.text")))),
    ("implicit.disagree", seen(labels=(found(), found(drop=("ReservedCode1",))))),
    (_ELSEWHERE, seen(signals=(c2pa(),))),
    (_ELSEWHERE, bare(signals=(c2pa(ai=None), c2pa(ai=False)))),
    (_ELSEWHERE, bare()),
    ("implicit.contradicted", seen(signals=(c2pa(), _CAPTURE))),
    ("implicit.contradicted", seen(signals=(c2pa(scheme="vendor", ai=None),))),
    ("implicit.contradicted", bare(signals=(_CAPTURE,))),
    ("implicit.propagator-stale", seen(labels=(found(ContentPropagator="P", PropagateID="7"),))),
    ("implicit.key-spelling", quirked("key-unknown")),
    ("implicit.key-unknown", quirked("key-spelling")),
    ("implicit.key-missing", seen(labels=(found(drop=("ReservedCode1", "ReservedCode2")),))),
    ("implicit.label-value", seen(labels=(found(Label="3"),))),
    ("implicit.label-value", seen(labels=(found(drop=("Label",)),))),
    ("implicit.producer-missing", seen(labels=(found(Label="2", ContentProducer=""),))),
    ("implicit.producer-missing", seen(labels=(found(drop=("ContentProducer",)),))),
    ("implicit.produce-id-missing", seen(labels=(found(Label="3", ProduceID=""),))),
    ("implicit.state", seen()),
    ("implicit.state", seen(labels=(found(Label="2", ContentProducer="", ProduceID=""),))),
    ("implicit.producer-code", seen(labels=(found(ContentProducer="某某科技"),))),
    ("implicit.producer-code", seen(labels=(found(ContentPropagator="MiniMax"),))),
    ("implicit.charset", seen(labels=(found(ReservedCode1='{"a":"~[]!"}'),))),
    ("implicit.value-type", quirked("label-number")),
    ("implicit.encoding", quirked("wrapped", "null-value", "label-word", "key-spelling")),
    ("implicit.security", seen()),
    ("implicit.security", signed("verified")),
    ("implicit.security", signed("intact")),
    ("implicit.security", signed("absent")),
    ("explicit.missing", seen()),
    ("explicit.missing", seen(marks=None)),
    ("explicit.missing", bare(problem=_DAMAGED)),
    ("explicit.missing", bare(size=0)),
    ("explicit.open", seen()),
    ("explicit.open", bare()),
    ("explicit.open", bare(size=0, marks=None)),
    ("explicit.wording", marked(mark("AI"), medium=Medium.TEXT)),
    ("explicit.wording", marked(mark("AI"), mark("人工智能合成"))),
    ("explicit.wording", marked(mark("", kind="rhythm"), medium=Medium.AUDIO)),
    ("explicit.wording", marked(mark("", kind="voice"), medium=Medium.AUDIO)),
    ("explicit.wording", bare()),
    ("explicit.position", marked(mark(place="middle"), medium=Medium.TEXT, size=1499)),
    ("explicit.position", marked(mark(place="middle"), mark(place="end"), medium=Medium.TEXT)),
    ("explicit.position", marked(mark(place="middle"), medium=Medium.AUDIO)),
    ("explicit.position", marked(mark(at=(0.2, 5.0)), medium=Medium.VIDEO)),
    ("explicit.position", marked(mark(at=(7.0, 9.0)), mark(at=(0.0, 3.0)), medium=Medium.VIDEO)),
    ("explicit.position", marked(mark("AI", place="middle"))),
    ("explicit.contrast", marked(mark(contrast=3.0))),
    ("explicit.height", marked(mark(ratio=0.05))),
    ("explicit.height", marked(mark(ratio=0.02), mark(ratio=0.06))),
    ("explicit.height", marked(mark(ratio=None))),
    ("explicit.height", marked(mark(ratio=0.01), medium=Medium.TEXT)),
    ("explicit.duration", marked(mark(at=(0.0, 2.0)), medium=Medium.VIDEO)),
    (
        "explicit.duration",  # words that move stand all the same
        marked(mark(at=(0.0, 1.0)), mark(at=(1.04, 2.0)), medium=Medium.VIDEO),
    ),
    ("explicit.position", marked(mark(place="middle", extent=499), medium=Medium.TEXT)),
    ("explicit.duration", marked(mark(at=None), medium=Medium.VIDEO)),
    ("explicit.duration", marked(mark(at=(0.0, 1.0)), medium=Medium.AUDIO)),
    ("explicit.lower-case", marked(mark("内容由 ai 生成"), mark("AI生成"))),
    ("explicit.lower-case", marked(mark("", kind="rhythm"), medium=Medium.AUDIO)),
]


IPTC = c2pa(scheme="iptc")
SCREEN = c2pa(scheme="iptc", ai=None, detail="screenCapture")
DERIVED = [
    # what a file was made of: the rule, its verdict, the file, the original
    ("implicit.lost", ERROR, bare(), seen()),
    ("implicit.lost", ERROR, seen(labels=(found(ProduceID="9"),)), seen()),
    ("implicit.lost", OPEN, seen(), bare(problem=_DAMAGED)),
    ("implicit.origin-lost", WARNING, seen(), seen(signals=(IPTC,))),
    ("implicit.origin-lost", WARNING, seen(signals=(IPTC,)), seen(signals=(IPTC, c2pa()))),
    ("implicit.origin-lost", WARNING, seen(signals=(SCREEN,)), seen(signals=(IPTC,))),
    ("explicit.lost", ERROR, bare(), seen()),
]
KEPT = [
    ("implicit.lost", seen(), seen()),
    ("implicit.lost", bare(), bare()),
    ("implicit.lost", bare(problem=_DAMAGED), seen()),
    ("implicit.lost", seen(labels=(found(ContentPropagator="x"),)), seen()),
    ("implicit.origin-lost", seen(signals=(IPTC,)), seen(signals=(IPTC,))),
    ("implicit.origin-lost", seen(), seen(signals=(_CAPTURE, c2pa(scheme="vendor")))),
    ("explicit.lost", seen(marks=None), seen()),
    ("explicit.lost", bare(), seen(marks=None)),
    ("explicit.lost", seen(), seen()),
]


@pytest.mark.parametrize(("rule", "judged", "inspection", "original"), DERIVED)
def test_a_conversion_that_loses(rule, judged, inspection, original):
    assert struck(inspection, using=ALL_ON, derived_from=original).get(rule) == judged
    for lang in ("en", "zh"):
        for finding in judge(inspection, lang=lang, using=ALL_ON, derived_from=original):
            assert "{" not in finding.message + finding.advice


@pytest.mark.parametrize(("rule", "inspection", "original"), KEPT)
def test_a_conversion_that_keeps(rule, inspection, original):
    assert rule not in struck(inspection, using=ALL_ON, derived_from=original)
    assert rule not in struck(inspection, using=ALL_ON)


@pytest.mark.parametrize(("rule", "judged", "inspection"), STRIKES)
def test_strikes(rule, judged, inspection):
    assert struck(inspection, using=ALL_ON).get(rule) == judged


@pytest.mark.parametrize(("rule", "inspection"), PASSES)
def test_passes(rule, inspection):
    assert rule not in struck(inspection, using=ALL_ON)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("rule", "_judged", "inspection"), STRIKES)
def test_every_hit_renders_in_both_languages(rule, _judged, inspection, lang):
    for finding in judge(inspection, lang=lang, using=ALL_ON):
        shown = finding.message + finding.advice
        assert "{" not in shown.replace('{"', "")
        assert finding.message
        assert "\n" not in finding.message
        assert finding.clause
        assert "\x00" not in shown
    assert rule in {finding.rule for finding in judge(inspection, lang=lang, using=ALL_ON)}


def test_every_rule_has_a_positive_and_a_negative_case():
    known = {rule.id for rule in rules.all_rules()}
    assert {rule for rule, *_ in (*STRIKES, *DERIVED)} == known
    assert {rule for rule, *_ in (*PASSES, *KEPT)} == known


def test_every_message_of_every_rule_is_met():
    """A message that no case renders could be wrong and nobody would know."""
    cases = [rules.Case(inspection=inspection) for _, _, inspection in STRIKES] + FURTHER
    cases += [rules.Case(inspection=one, derived_from=of) for _, _, one, of in DERIVED]
    met = {
        (rule.id, hit.words or hit.kind)
        for rule in rules.all_rules()
        for case in cases
        if not (rule.needs == "label" and not case.labels)
        for hit in rule.judge(case)
    }
    told = {(rule.id, words) for rule in rules.all_rules() for words in rule.messages}
    assert told - met == set()


def test_a_clean_file_has_no_finding_at_all():
    assert judge(seen()) == ()


@pytest.mark.parametrize("medium", list(Medium))
def test_a_clean_file_of_any_medium_has_no_finding(medium):
    drawn = mark(ratio=0.06, at=(0.0, 3.0), place="start")
    assert judge(seen(medium, marks=(drawn,))) == ()


def test_every_quirk_of_the_record_has_words_of_its_own():
    documented = {
        line.split("``")[1] for line in record.__doc__.splitlines() if line.startswith("``")
    }
    assert len(documented) > 15
    for quirk in documented - {"wrapped"}:
        findings = judge(quirked(quirk))
        assert findings, quirk
        assert all(quirk not in finding.message for finding in findings), quirk


def test_every_quirk_of_a_file_in_the_corpus_has_words_of_its_own(labelled_file):
    unnamed = rules.rule("implicit.encoding").messages["unnamed"].en.partition("{")[0]
    messages = [f.message for f in api.check(labelled_file.path, only="implicit").findings]
    assert not [message for message in messages if message.startswith(unnamed)]


def test_the_carrier_and_the_offset_of_the_label_are_given():
    label = found(carrier="png.exif", home=False, offset=41)
    finding = next(f for f in judge(seen(labels=(label,))) if f.rule == "implicit.misplaced")
    assert (finding.carrier, finding.offset) == ("png.exif", 41)
    assert "png.exif" in finding.message


@pytest.mark.parametrize(("propagator", "count"), [("0011" + "9" * 20, 1), ("0011" + "8" * 20, 2)])
def test_one_wrong_code_in_both_roles_is_said_once(propagator, count):
    label = found(ContentProducer="0011" + "9" * 20, ContentPropagator=propagator)
    assert len(judge(seen(labels=(label,)))) == count


def test_the_offset_of_the_damage_is_given():
    (finding, *_) = judge(bare(problem=_DAMAGED))
    assert (finding.rule, finding.offset) == ("file.malformed", 33)


@pytest.mark.parametrize(
    ("medium", "clause"),
    [(Medium.TEXT, "5.1"), (Medium.IMAGE, "5.2"), (Medium.AUDIO, "5.3"), (Medium.VIDEO, "5.4")],
)
def test_a_missing_mark_names_the_clause_of_its_medium(medium, clause):
    (finding,) = judge(seen(medium, marks=()))
    assert (finding.rule, finding.clause) == ("explicit.missing", f"GB 45438-2025 {clause}")


def test_a_misplaced_label_names_the_guide_of_its_medium():
    label = found(carrier="mp4.ilst", home=False)
    (finding,) = judge(seen(Medium.VIDEO, labels=(label,)))
    assert finding.clause.startswith("TC260-PG-20257A")


def test_what_was_not_asked_about_is_open_and_not_judged():
    asked_explicit = struck(bare(), only="explicit")
    assert asked_explicit == {"implicit.missing": OPEN, "explicit.missing": ERROR}
    asked_implicit = struck(bare(marks=None), only="implicit")
    assert asked_implicit == {"implicit.missing": ERROR, "explicit.open": OPEN}
    faulty = seen(labels=(found(Label="9"), found(home=False)), signals=(c2pa(),))
    assert struck(faulty, only="explicit") == {"implicit.missing": OPEN}


def test_the_reason_for_not_looking_is_said():
    def reason(**changes):
        asked = {key: changes.pop(key) for key in ("only",) if key in changes}
        return next(f.message for f in judge(seen(marks=None, **changes), **asked))

    assert "no detector for png" in reason()
    assert "only metadata was asked about" in reason(only="implicit")
    found_out = [f for f in judge(seen(marks=None, problem=_DAMAGED)) if f.rule == "explicit.open"]
    assert "not read to its end" in found_out[0].message


def test_labels_stacked_on_one_another_do_not_flood_the_report():
    stack = tuple(found(carrier="a", Label="9", offset=n, ProduceID=f"{n}") for n in range(500))
    findings = judge(seen(labels=stack))
    assert len([f for f in findings if f.rule == "implicit.label-value"]) == 1
    assert len(findings) < 2 * rules.MOST_HITS
    assert "500 labels" in next(f for f in findings if f.rule == "implicit.multiple").message


def test_a_long_or_hostile_value_is_quoted_short_and_harmless():
    label = found(Label="\x1b[2J" + "x" * 9999)
    for finding in judge(seen(labels=(label,))):
        assert len(finding.message) < 400
        assert finding.message.isprintable()


def test_braces_in_a_files_own_words_are_no_placeholders():
    label = found(Label="{0.__class__}", ContentProducer="{homes}", carrier="{x}", home=False)
    findings = judge(replace(seen(labels=(label,)), name="{file}.png"))
    assert any("{0.__class__}" in finding.message for finding in findings)
    assert any("'{file}.png'" in finding.advice for finding in findings)
