"""Checks of many files by trust stores and trust lists, as a plan keeps them."""

from __future__ import annotations

import datetime as dt
import io
import json
import pickle

import deeds
import pytest
from PIL import Image

from aigc_label import (
    Credentials,
    ExplicitLabel,
    ImplicitLabel,
    SigningKey,
    Trust,
    TrustStore,
    __version__,
    api,
    label,
)
from aigc_label.batch.outcome import Limits
from aigc_label.errors import UsageError
from aigc_label.explicit_label import Look, Sound
from aigc_label.library import dask_worker, engine
from aigc_label.library.actions import Checking, Fixing, Labelling, Propagating, files_of
from aigc_label.library.kept import kept_plan
from aigc_label.library.plan import Plan
from aigc_label.library.signing import Signer
from aigc_label.trust import keys
from credential_samples import identity

SEEN = "2026-06-01"
STORE = """
[[producer]]
code = "Studio"
[[producer.key]]
file = "studio.pub.pem"
revoked = {revoked}
"""


@pytest.fixture
def trust(tmp_path):
    """A trust store that knows a key of the Studio's, and that key."""
    private, public = keys.generate("ecdsa")
    (tmp_path / "studio.pub.pem").write_bytes(public)
    (tmp_path / "trust.toml").write_text(STORE.format(revoked="2027-01-01"))
    return SigningKey.from_pem(private)


@pytest.fixture
def signed(tmp_path, trust):
    """Three pictures: signed by the Studio, by somebody in its name, and with credentials."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    theirs = SigningKey.from_pem(keys.generate("ecdsa")[0])
    one = identity()
    credentials = Credentials(chain=one.chain, key=one.key)
    (tmp_path / "root.pem").write_text(one.root)
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(buffer, "JPEG")
    for name, more in (
        ("ours", {"sign": trust}),
        ("theirs", {"sign": theirs}),
        ("broken", {"credentials": credentials}),
    ):
        made = ImplicitLabel(content_producer="Studio", produce_id=name)
        (folder / f"{name}.jpg").write_bytes(label(buffer.getvalue(), made, **more).data)
    broken = folder / "broken.jpg"
    broken.write_bytes(broken.read_bytes()[:-2] + b"x\xff\xd9")
    return folder


@pytest.fixture
def verdicts(signed, run, rows, tmp_path):
    """What a check says of each picture: whether it passed, and the rules that it fails."""

    def check(name, **asked):
        ledger = str(tmp_path / f"{name}.sqlite3")
        request = Checking(only="implicit", **asked)
        run(Plan(request=request, source=str(signed), ledger=ledger, digest="none"))
        return {
            key.decode(): (
                row["result"],
                {rule for rule, kind, *_ in json.loads(row["findings"] or "[]") if kind == "fail"},
            )
            for key, row in rows(ledger, "check").items()
        }

    return check


def test_signatures_are_verified_by_the_store(verdicts, tmp_path):
    assert verdicts("plain")["theirs.jpg"][0] == "ok"
    found = verdicts("store", trust=str(tmp_path / "trust.toml"), trust_on=SEEN)
    assert found["ours.jpg"][0] == "ok"
    assert found["theirs.jpg"][0] == "failed"
    later = verdicts("later", trust=str(tmp_path / "trust.toml"), trust_on="2027-06-01")
    assert later["ours.jpg"][0] == "failed"


def test_a_store_that_has_changed_is_read_anew(verdicts, tmp_path):
    store = str(tmp_path / "trust.toml")
    assert verdicts("before", trust=store, trust_on=SEEN)["ours.jpg"][0] == "ok"
    (tmp_path / "trust.toml").write_text(STORE.format(revoked="2020-01-01"))
    assert verdicts("after", trust=store, trust_on=SEEN)["ours.jpg"][0] == "failed"


def test_credentials_are_validated(verdicts, tmp_path):
    assert verdicts("looked", fail_on="warning")["broken.jpg"][1] == set()
    asked = {"c2pa": True, "c2pa_trust": (str(tmp_path / "root.pem"),), "fail_on": "warning"}
    assert verdicts("validated", **asked)["broken.jpg"] == ("failed", {"file.credentials"})


def test_a_batch_says_what_a_single_check_says(verdicts, signed, tmp_path):
    store, lists = str(tmp_path / "trust.toml"), (str(tmp_path / "root.pem"),)
    asked = {"trust": store, "trust_on": SEEN, "c2pa": True, "c2pa_trust": lists}
    found = verdicts("batch", **asked, profile="strict")
    for path in signed.iterdir():
        report = api.check(
            path,
            only="implicit",
            profile="strict",
            trust=TrustStore.load(store, dt.date.fromisoformat(SEEN)),
            c2pa=Trust.load(lists),
        )
        fails = {each.rule for each in report.findings if each.kind == "fail"}
        assert found[path.name] == ("ok" if report.ok else "failed", fails)


def test_a_platform_is_known_that_the_profile_does_not_name(verdicts, signed):
    passed = api.propagate(str(signed / "ours.jpg"), "Elsewhere", "7").data
    (signed / "ours.jpg").write_bytes(passed)
    stale = "implicit.propagator-stale"
    asked = {"profile": "gb45438-platform", "fail_on": "note"}
    assert stale not in verdicts("nobody", **asked)["ours.jpg"][1]
    assert stale in verdicts("us", **asked, propagator="Platform")["ours.jpg"][1]


@pytest.mark.usefixtures("signed")
def test_a_plan_is_resumed_from_any_folder_and_kept_apart(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    request = Checking(
        trust="trust.toml", trust_on="2026-06-01", c2pa=True, c2pa_trust=("root.pem",)
    )
    plan = Plan(request=request, source="uploads", ledger="l.sqlite3", workers=1)
    stopped = run(plan, stop=lambda: True)
    assert stopped.how == "drained"
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    ledger = str(tmp_path / "l.sqlite3")
    kept = kept_plan(ledger).request
    assert kept == Checking(
        trust=str(tmp_path / "trust.toml"),
        trust_on="2026-06-01",
        c2pa=True,
        c2pa_trust=(str(tmp_path / "root.pem"),),
    )
    assert sum(engine.resume(ledger).files.values()) == 3
    other = Plan(
        request=Checking(trust=str(tmp_path / "trust.toml")),
        source=str(tmp_path / "uploads"),
        ledger=ledger,
    )
    with pytest.raises(UsageError, match=r"another plan: c2pa \(True, now False\), c2pa_trust "):
        run(other)


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"trust": "/nowhere/t.toml"}, "/nowhere/t.toml"),
        ({"trust": "root.pem"}, "not valid TOML"),
        ({"trust": "trust.toml", "trust_on": "tomorrow"}, "not a date"),
        ({"c2pa": True, "c2pa_trust": ("trust.toml",)}, "holds no certificate"),
        ({"profile": "gb4543"}, "gb4543"),
    ],
)
def test_what_is_of_no_use_is_refused_before_any_file(run, tmp_path, monkeypatch, asked, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        run(Plan(request=Checking(**asked), source="uploads", ledger="l.sqlite3"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "l.sqlite3").exists()


@pytest.mark.parametrize("asked", [{"trust_on": "2026-01-01"}, {"c2pa_network": True}])
def test_what_would_do_nothing_is_refused(asked):
    with pytest.raises(UsageError):
        Checking(**asked)


def test_what_a_worker_needs_is_named():
    mark = ExplicitLabel(look=Look(icon="/i.png"), sound=Sound(kind="/c.wav"))
    signer = Signer(chain="/c.pem", key="/k.pem", ingredient="/b.png")
    wanted = Labelling(producer="X", explicit=mark, sign_key="/s.pem", credentials=signer)
    theirs = ("/c.pem", "/k.pem", "/b.png")
    assert files_of(wanted) == ("/s.pem", "/i.png", "/c.wav", *theirs)
    assert files_of(Labelling(producer="X", explicit=ExplicitLabel())) == ()
    assert files_of(Propagating(propagator="X", credentials=signer)) == theirs
    assert files_of(Fixing(producer="X", profile="/p.toml")) == ("/p.toml",)
    checking = Checking(trust="/t.toml", c2pa=True, c2pa_trust=("/l.pem",))
    assert files_of(checking) == ("/t.toml", "/l.pem")


@pytest.mark.usefixtures("signed")
def test_a_worker_that_cannot_check_is_refused(tmp_path):
    work = deeds.Away(str(tmp_path), seen=True)

    def said(**asked):
        work.request = Checking(**asked)
        with pytest.raises(UsageError) as caught:
            dask_worker.do(__version__, pickle.dumps(work), pickle.dumps([1]), Limits())
        return str(caught.value)

    assert "has no /nowhere/t.toml; put it there" in said(trust="/nowhere/t.toml")
    (tmp_path / "studio.pub.pem").unlink()
    assert "cannot check: " in said(trust=str(tmp_path / "trust.toml"))
