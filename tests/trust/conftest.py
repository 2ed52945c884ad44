"""Two producers, made anew for every run: no private key stands in the repository."""

from __future__ import annotations

import pytest
from trust_samples import RIVAL, STUDIO

from aigc_label import SigningKey, TrustStore
from aigc_label.trust import keys
from aigc_label.trust.store import Producer, TrustedKey


@pytest.fixture(scope="session")
def pems() -> dict[tuple[str, str], tuple[bytes, bytes]]:
    """By producer and algorithm: the private and the public key in PEM."""
    return {
        (who, algorithm): keys.generate(algorithm)
        for who in (STUDIO, RIVAL)
        for algorithm in ("sm2", "rsa", "ecdsa")
    }


@pytest.fixture(scope="session")
def signers(pems) -> dict[tuple[str, str], SigningKey]:
    return {who: SigningKey.from_pem(private) for who, (private, _) in pems.items()}


@pytest.fixture(params=["sm2", "rsa", "ecdsa"])
def studio(request, signers) -> SigningKey:
    """The studio's key for each algorithm."""
    return signers[STUDIO, request.param]


@pytest.fixture
def rival(studio, signers) -> SigningKey:
    """Another producer's key for the same algorithm."""
    return signers[RIVAL, studio.algorithm]


@pytest.fixture
def store(studio) -> TrustStore:
    """A trust store that knows the studio."""
    return TrustStore((Producer(STUDIO, (TrustedKey(studio.public),)),))


@pytest.fixture(scope="session")
def sm2_store(signers) -> TrustStore:
    """A trust store that knows the studio's SM2 key."""
    return TrustStore((Producer(STUDIO, (TrustedKey(signers[STUDIO, "sm2"].public),)),))
