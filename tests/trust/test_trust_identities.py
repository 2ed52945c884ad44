"""The script that makes two identities, and what each of them is worth to who believes one."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from aigc_label import ImplicitLabel, SigningKey, TrustStore, check, label


@pytest.mark.parametrize("algorithm", ["sm2", "ecdsa"])
def test_two_identities_and_a_trust_store(algorithm, tmp_path, request):
    script = str(request.config.rootpath / "tools" / "make_identities.py")
    subprocess.run([sys.executable, script, str(tmp_path), algorithm], check=True)
    trust = TrustStore.load(tmp_path / "trust.toml")
    worth = {}
    for name in ("studio", "rival"):
        path = tmp_path / f"{name}.key.pem"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        implicit = ImplicitLabel(content_producer="Example Studio", produce_id="42")
        made = label(b"# A poem\n", implicit, name="a.md", sign=SigningKey.from_pem(path))
        report = check(made.data, name="a.md", only="implicit", trust=trust)
        worth[name] = report.inspection.labels[0].security.status
    assert worth == {"studio": "verified", "rival": "failed"}
    again = subprocess.run(
        [sys.executable, script, str(tmp_path)], check=False, capture_output=True
    )
    assert again.returncode != 0
