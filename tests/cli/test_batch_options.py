"""Every option of ``batch run`` with every action: it changes the plan, or is refused in a line."""

from __future__ import annotations

import pytest

from aigc_label.cli import batch_options, batch_plan
from aigc_label.errors import UsageError

BASE = {
    "label": ["--action", "label", "media", "--dest", "out", "--producer", "P"],
    "propagate": ["--action", "propagate", "media", "--dest", "out", "--propagator", "P"],
    "check": ["--action", "check", "media"],
    "fix": ["--action", "fix", "media", "--dest", "out", "--producer", "P"],
}
SIGNS = ["--c2pa", "--c2pa-cert", "c.pem", "--c2pa-key", "k.pem"]
VALUES = {
    "action": None,  # the base has it
    "dest": "elsewhere",
    "in-place": True,
    "keep-originals": True,
    "ledger": "l.sqlite3",
    "include": "*.png",
    "exclude": "*.jpg",
    "since": "7d",
    "no-ignore": True,
    "force": True,
    "manifest": "m.csv",
    "unlisted": "take",
    "jobs": "3",
    "engine": "dask",
    "scheduler": "tcp://127.0.0.1:1",
    "time-limit": "7",
    "memory-limit": "100",
    "retries": "7",
    "digest": "file",
    "producer": "Q",
    "label": "2",
    "reserved-code": "R",
    "propagator": "Q",
    "declared": True,
    "explicit": False,
    "profile": "strict",
    "fail-on": "note",
    "only": "implicit",
    "lang": "zh",
    "allow-breaking-c2pa": True,
    "sign-key": "k.pem",
    "sign-alg": "sm2",
    "c2pa": True,
    "c2pa-cert": "d.pem",
    "c2pa-key": "d.pem",
    "tsa": "http://tsa.example",
    "c2pa-generator": "Painter/3",
    "c2pa-input": "before.png",
    "c2pa-oversight": "prompt_guided",
    "c2pa-training": "notAllowed",
    "c2pa-sidecar": True,
    "c2pa-repack": True,
    "c2pa-required": True,
    "trust": "t.toml",
    "trust-on": "2026-03-01",
    "c2pa-trust": "list.pem",
    "c2pa-network": True,
    "origin": "created",
    "system": "Painter/3",
    "source-type": "trainedAlgorithmicMedia",
    "preset": "cn-discreet",
    "text": "AI生成的",
    "position": "top-left",
    "height": "0.1",
    "style": "outline",
    "weight": "bold",
    "opacity": "0.5",
    "margin": "0.1",
    "icon": "spark",
    "ink": "#ff0000",
    "ground": "#000000",
    "places": "end",
    "paragraphs": "7",
    "corner-mark": True,
    "seconds": "7",
    "span": "full",
    "fade": "0.2",
    "soft-track": True,
    "sound": "voice-zh",
    "unit": "0.2",
    "pitch": "900",
    "level": "1",
    "every": "7",
}
PARSER = batch_options.parser()
WITH = {  # what an option takes besides
    "keep-originals": ["--in-place"],
    "unlisted": ["--manifest", "m.csv"],
    "scheduler": ["--engine", "dask"],
    "sign-alg": ["--sign-key", "k.pem"],
    "trust-on": ["--trust", "t.toml"],
    **{name: SIGNS for name in VALUES if name.startswith("c2pa") or name == "tsa"},
    "c2pa-trust": [],
    "c2pa-network": [],
}
CHECKS = {"declared", "explicit", "profile", "fail-on", "only", "lang", "propagator", "c2pa"}
CHECKS |= {"trust", "trust-on", "c2pa-trust", "c2pa-network", "digest"}


def planned(argv):
    return batch_plan.plan(PARSER.parse(argv))


def words(name):
    value = VALUES[name]
    if value is True:
        return [f"--{name}"]
    return [f"--no-{name}"] if value is False else [f"--{name}", value]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AIGC_LABEL_SIGN_KEY", raising=False)
    (tmp_path / ".aigc-label-ignore").write_text("drafts/\n")


def test_every_option_is_tried_here():
    there = {
        word.removeprefix("--")
        for action in PARSER._actions
        for word in action.option_strings[:2]
        if word.startswith("--") and not word.startswith("--no-explicit")
    }
    assert there - {"help", "progress", "quiet", "exit-zero"} == set(VALUES)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("action", BASE)
@pytest.mark.parametrize("name", [name for name in VALUES if name != "action"])
def test_an_option_changes_the_plan_or_is_refused(action, name):
    base, more = BASE[action], WITH.get(name, [])
    if (action, name) == ("check", "c2pa"):
        more = []
    if "--in-place" in more or name == "in-place":
        base = [word for word in base if word not in ("--dest", "out")]
    argv = [*base, *more, *words(name)]
    try:
        made = planned(argv)
    except UsageError as error:
        said = str(error)
        assert f"--action {action} does not use --" in said
        assert "belongs to --action" in said
        assert "\n" not in said
        assert action != "check" or name not in CHECKS
        return
    without = [*base, *more] if name != "in-place" else BASE[action]
    if name == "c2pa":
        without = base
    assert made != planned(without)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([*BASE["label"], "--unlisted", "take"], "--unlisted is about"),
        ([*BASE["label"][:3], "--producer", "P", "--in-place", "--force"], "--force is about"),
        ([*BASE["label"], "--no-explicit", "--text", "AI"], "--text is about the mark"),
        ([*BASE["label"], "--scheduler", "tcp://h:1"], "give --engine dask"),
        (
            [*BASE["label"], "--engine", "dask", "--scheduler", "tcp://h:1", "-j", "2"],
            "--jobs is about this machine",
        ),
        ([*BASE["label"], "--keep-originals"], "in place only"),
        ([*BASE["label"], "--c2pa-sidecar"], "ask for them with --c2pa"),
        ([*BASE["label"], *SIGNS, "--tsa", ""], "--tsa is empty"),
        ([*BASE["label"], *SIGNS[:-1], "-----BEGIN PRIVATE KEY"], "not the key itself"),
        ([*BASE["check"], "--in-place"], "does not use --in-place"),
        ([*BASE["label"], "--retries", "-1"], "--retries"),
        ([*BASE["label"], "--manifest", ""], "--manifest is empty"),
        ([*BASE["label"][:4], "", *BASE["label"][5:]], "--dest is empty"),
        (["plan.toml"], "--action check does not use --producer"),
        (["key.toml"], "no option 'json-key'"),
        (["day.toml"], "trust-on must be a date"),
        ([*BASE["label"], "--trust", "t.toml"], "--action label does not use --trust"),
        ([*BASE["fix"], "--c2pa"], "does not use --c2pa, which belongs to --action label or"),
        ([*BASE["check"], *SIGNS], "--action check does not use --c2pa-cert"),
        ([*BASE["label"], "--exit-zero"], "--action label does not use --exit-zero"),
        ([*BASE["check"], "--trust", ""], "--trust names no file"),
        ([*BASE["check"], "--trust-on", "2026-03-01"], "give one with --trust"),
        ([*BASE["check"], "--trust", "t.toml", "--only", "explicit"], "--only explicit reads none"),
        (["mark.toml"], "--text is about the mark"),
    ],
)
def test_options_that_would_do_nothing_are_refused(tmp_path, argv, said):
    (tmp_path / "plan.toml").write_text(
        'action = "check"\nsource = "media"\nproducer = "P"\nin-place = false\n'
    )
    (tmp_path / "key.toml").write_text('action = "check"\nsource = "media"\njson-key = "k"\n')
    (tmp_path / "day.toml").write_text('action = "check"\ntrust-on = "2026-03-01"\n')
    (tmp_path / "mark.toml").write_text(
        'action = "label"\nsource = "media"\ndest = "o"\nexplicit = false\ntext = "AI"\n'
    )
    with pytest.raises(UsageError) as caught:
        planned(argv)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("folder")
def test_a_plans_file_asks_for_credentials(tmp_path):
    (tmp_path / "plan.toml").write_text(
        'action = "label"\nsource = "media"\ndest = "out"\nproducer = "P"\nexplicit = false\n'
        'c2pa = true\nc2pa-cert = "c.pem"\nc2pa-key = "k.pem"\nc2pa-generator = "Painter/3"\n'
        'c2pa-oversight = "prompt_guided"\nc2pa-sidecar = true\ntsa = "http://tsa.example"\n'
    )
    signer = planned(["plan.toml"]).request.credentials
    assert (signer.chain, signer.key) == (str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))
    assert (signer.oversight, signer.sidecar, signer.tsa) == (
        "prompt_guided",
        True,
        "http://tsa.example",
    )
    assert (signer.origin.system, signer.origin.version) == ("Painter", "3")


@pytest.mark.usefixtures("folder")
def test_a_plans_file_says_whom_to_believe(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_LABEL_PROPAGATOR", "Platform")
    (tmp_path / "aigc-label.toml").write_text('trust = "settings.toml"\n')
    assert planned(BASE["check"]).request.trust == str(tmp_path / "settings.toml")
    assert planned([*BASE["check"], "--only", "explicit"]).request.trust == ""
    assert planned(BASE["label"])
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "plan.toml").write_text(
        'action = "check"\nsource = "media"\ntrust = "t.toml"\ntrust-on = 2026-03-01\n'
        'c2pa-trust = ["a.pem", "/b.pem"]\nc2pa-network = true\n'
    )
    request = planned(["plans/plan.toml"]).request
    assert request.trust == str(tmp_path / "plans" / "t.toml")
    assert request.c2pa_trust == (str(tmp_path / "plans" / "a.pem"), "/b.pem")
    assert (request.trust_on, request.c2pa, request.c2pa_network) == ("2026-03-01", True, True)
    assert request.propagator == "Platform"


@pytest.mark.usefixtures("folder")
def test_settings_of_other_verbs_are_no_options(tmp_path):
    (tmp_path / "aigc-label.toml").write_text('producer = "P"\ntext = "AI"\nfail-on = "note"\n')
    assert planned(["--action", "propagate", "media", "--dest", "o", "--propagator", "Q"])
    assert planned(["--action", "check", "media"]).request.fail_on == "note"
