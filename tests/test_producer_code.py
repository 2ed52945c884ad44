"""The 27-character provider code of TC260-PG-20252A and its GB 32100 check character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import producer_code

# Public codes met in the wild; every check character is right.
CODES = """
001191110102MACQD9K64010000 00119144030008867405X210001 001191110108MA01R70K8D10000
001191440101MA9Y9T4H7A00000 001191330106MA2CFLDG4R10001 001191440300708461136T1WFUO
00119144030071526726XG1ZX0G 0011911101085636549482 1N858 001191110000802100433B10005
001191110108335469089C10100 001191310104MACE0YX63918020 001191110108MA01KP2T5U00000
001191340000711771143J00000 001191440300MA5G49LC9K1YO01 001191110102MAD55U9H0F10002
001191110108596084056A10000 001191330110MADHPQQY7L10000 001191110108587659081E10001
""".replace("0011911101085636549482 1N858", "00119111010856365494821N858").split()
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("code", CODES)
def test_codes_of_the_wild_are_right(code):
    assert producer_code.looks_like_code(code)
    assert producer_code.fault(code) is None
    assert producer_code.uscc_check_character(code[4:21]) == code[21]


@pytest.mark.parametrize("code", CODES)
def test_a_changed_digit_is_noticed(code):
    wrong = code[:10] + ("1" if code[10] != "1" else "2") + code[11:]
    assert "check character" in producer_code.fault(wrong)
    assert code[4:10] in producer_code.fault(wrong)


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_every_single_slip_changes_the_check_character(first17, place, other):
    """31 is prime and every weight is below it, so one changed character always shows."""
    slipped = first17[:place] + other + first17[place + 1 :]
    same = producer_code.uscc_check_character(slipped) == producer_code.uscc_check_character(
        first17
    )
    assert same is (slipped == first17)


@given(
    st.text(ALPHABET, min_size=17, max_size=17), st.text("0123456789ABCXYZ", min_size=5, max_size=5)
)
def test_a_composed_code_is_right(first17, service):
    code = "0011" + first17 + producer_code.uscc_check_character(first17) + service
    assert producer_code.fault(code) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "doubao",
        "MiniMax",
        "Minimax Agent AI",
        "HUABABSpeech7E01",
        "腾讯云",
        "001",
        "TENCENT",
        "0031" + "9" * 23,
    ],
)
def test_free_names_pass(name):
    assert not producer_code.looks_like_code(name)
    assert producer_code.fault(name) is None


@pytest.mark.parametrize("length", [20, 26, 28, 40])
def test_the_length_is_told(length):
    code = (CODES[0] + "0" * 20)[:length]
    assert producer_code.fault(code) == (
        f"a provider code has 27 characters, this one has {length}"
    )


def test_letters_outside_the_alphabet_are_told():
    assert "Unified Social Credit Code" in producer_code.fault("0011" + "I" * 18 + "00000")


@pytest.mark.parametrize("code", ["0021" + "1" * 18 + "00000", "0012" + "1" * 18 + "00000"])
def test_codes_whose_padding_is_unknown_pass(code):
    assert producer_code.looks_like_code(code)
    assert producer_code.fault(code) is None
