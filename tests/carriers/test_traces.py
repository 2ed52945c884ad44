from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.carriers import glued, keyword, record, traces
from aigc_label.model import FoundLabel, ImplicitLabel, Signal

LABEL = ImplicitLabel(content_producer="p", produce_id="1")
CLAIM = b"\x00\x00\x00\x20jumb\x00\x00\x00\x10jumdc2pa\x00\x11"
TERM = b"http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.mark.parametrize(
    ("store", "ai", "detail", "generator"),
    [
        (
            CLAIM
            + b"\x74claim_generator_info\xa1\x64name\x67ChatGPT"
            + TERM
            + b"trainedAlgorithmicMedia",
            True,
            "trainedAlgorithmicMedia",
            "ChatGPT",
        ),
        (
            CLAIM
            + b"\x6fclaim_generator\x78\x1aGoogle C2PA Core Generator"
            + TERM
            + b"compositeWithTrainedAlgorithmicMedia",
            True,
            "compositeWithTrainedAlgorithmicMedia",
            "Google C2PA Core Generator",
        ),
        (CLAIM + b"claim_generator_info\xa0" + b" " * 300, None, "manifest present", None),
        (CLAIM + b"claim_generator", None, "manifest present", None),
        (CLAIM + b"claim_generator\x78", None, "manifest present", None),
        (CLAIM + b"claim_generator\x01", None, "manifest present", None),
        (CLAIM + TERM + b"digitalCapture", None, "manifest present", None),
        (CLAIM + TERM + b"compositeSynthetic", True, "compositeSynthetic", None),
        (CLAIM + b"c2pa.ai-disclosure", True, "c2pa.ai-disclosure", None),
        (
            CLAIM + b"\x6fclaim_generator\x6cDreamina/1.0",
            True,
            "claim of Jimeng (Dreamina)",
            "Dreamina/1.0",
        ),
        (
            CLAIM + b"\x6dsoftwareAgent\x72Bing Image Creator",
            True,
            "claim of Bing Image Creator",
            None,
        ),
        (
            CLAIM + b"\x6dsoftwareAgent\xa1\x64name\x66fal-ai",
            True,
            "claim of fal.ai",
            None,
        ),
        (CLAIM + b"\x6dsoftwareAgent\xa0" * 20, None, "manifest present", None),
    ],
)
def test_c2pa(store, ai, detail, generator):
    assert traces.c2pa(store, carrier="png.c2pa") == Signal(
        scheme="c2pa", ai=ai, detail=detail, generator=generator, carrier="png.c2pa"
    )


def _manifest(generator: bytes, source: bytes) -> bytes:
    claim = b"\x6fclaim_generator" + bytes([0x60 + len(generator)]) + generator
    return b"jumdc2ma\x00\x11\x00\x10" + TERM + source + claim


@pytest.mark.parametrize(
    ("manifests", "ai", "generator"),
    [
        ((b"Nikon", b"digitalCapture", b"Editor", b"trainedAlgorithmicMedia"), True, "Editor"),
        ((b"Maker", b"trainedAlgorithmicMedia", b"Resizer", b""), True, "Maker"),
        ((b"Nikon", b"digitalCapture", b"Resizer", b""), None, "Resizer"),
    ],
)
def test_c2pa_names_the_tool_that_speaks_of_ai_or_the_last(manifests, ai, generator):
    first, second = _manifest(*manifests[:2]), _manifest(*manifests[2:])
    seen = traces.c2pa(CLAIM + first + second, carrier="x")
    assert (seen.ai, seen.generator) == (ai, generator)


@pytest.mark.parametrize(
    ("value", "ai", "detail"),
    [
        ("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", False, "digitalCapture"),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/humanEdits/", False, "humanEdits"),
        ("digitalcreation", False, "digitalCreation"),
        ("compositeWithTrainedAlgorithmicMedia", True, "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_iptc_names_what_a_model_a_camera_or_a_hand_has_made(value, ai, detail):
    seen = traces.digital_source(value, carrier="x")
    assert (seen.scheme, seen.ai, seen.detail) == ("iptc", ai, detail)


@pytest.mark.parametrize("value", ["algorithmicMedia", "composite", "virtualRecording"])
def test_iptc_terms_that_say_neither(value):
    seen = traces.digital_source(value.lower(), carrier="x")
    assert (seen.scheme, seen.ai, seen.detail) == ("iptc", None, value)


@pytest.mark.parametrize("value", ["", "softwareImage", "digitalsourcetype/", "x"])
def test_what_is_no_term_of_iptc(value):
    assert traces.digital_source(value, carrier="x") is None


@pytest.mark.parametrize("store", [b"", b"c2pa", b"jumb", bytes(64) + b"jumb c2pa"])
def test_chance_bytes_are_no_manifest(store):
    assert traces.c2pa(store, carrier="x") is None


@pytest.mark.parametrize(
    ("name", "value", "generator"),
    [
        ("parameters", "a cat\nSteps: 20, Sampler: Euler", "Stable Diffusion WebUI"),
        ("parameters", ' {"seed": 1}', None),
        ("parameters", '{"base_model": "x", "performance": "Speed"}', "Fooocus"),
        ("prompt", '{"3": {"class_type": "KSampler"}}', "ComfyUI"),
        ("workflow", '{"nodes": []}', "ComfyUI"),
        ("fooocus_scheme", "fooocus", "Fooocus"),
        ("Dream", "x", "InvokeAI"),
        ("sd-metadata", "{}", "InvokeAI"),
        ("invokeai_metadata", "{}", "InvokeAI"),
        ("hf-job-id", "1", "Higgsfield"),
        ("Software", "NovelAI", "NovelAI"),
        ("Description", "a cat --v 5.2 Job ID: 01234567-89ab-cdef", "Midjourney"),
        ("Comment", "Made with Google AI", "Google AI"),
    ],
)
def test_keywords_of_generators(name, value, generator):
    signal = traces.keyword(name, value, carrier="png.comment")
    assert (signal.scheme, signal.ai, signal.generator) == ("vendor", True, generator)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parameters", "width=3"),
        ("prompt", "What is your name?"),
        ("workflow", "draft"),
        ("Software", "GIMP"),
        ("Description", "AIGC explained"),
        ("Comment", "steps and samplers"),
        ("Comment", "Signature: short"),
    ],
)
def test_keywords_of_anybody(name, value):
    assert traces.keyword(name, value, carrier="x") is None


def test_an_info_object_without_a_generation_says_nothing_about_ai():
    signal = traces.description('{"aigc_info":{"source_info":"capcut"}}', carrier="x")
    assert (signal.ai, signal.generator) == (None, None)


def test_iim_credit():
    block = (
        b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x1c\x02\x6e\x00\x13Made with Google AI\x1c\x02\x05"
    )
    assert traces.iim(block, carrier="jpeg.iptc").generator == "Google AI"
    assert traces.iim(block.replace(b"AI", b"it"), carrier="x") is None
    assert traces.iim(b"Photoshop 3.0", carrier="x") is None


def observed(name: bytes, value: bytes, *, home: bool = True):
    return list(keyword.observe(name, value, carrier="png.text", home=home, offset=3))


def test_a_keyword_names_the_label():
    assert observed(b"AIGC", b'{"Label":"1"}') == [
        FoundLabel(carrier="png.text", fields={"Label": "1"}, home=True, offset=3)
    ]
    (found,) = observed(b"aigc", record.dump_wrapped(LABEL).encode())
    assert found.quirks == ("wrapped", "lower-case-key")
    (found,) = observed(b"aigc", b'{"aigc": {"Label": "1"}}')
    assert found.quirks == ("lower-case-key",)


def test_another_keyword_needs_the_whole_record():
    assert observed(b"Comment", b'{"Label":"1", "AIGC": 2}') == []
    (found,) = observed(b"Comment", record.dump(LABEL).encode(), home=False)
    assert (found.fields, found.home, found.quirks) == (LABEL.fields, False, ())


def test_latin_1_is_read_where_utf_8_is_not():
    (found,) = observed(b"AIGC", '{"ContentProducer":"Müller"}'.encode("latin-1"))
    assert found.fields == {"ContentProducer": "Müller"}


def test_a_keyword_without_a_label_may_be_a_trace():
    (signal,) = observed(b"Software", b"NovelAI")
    assert signal.generator == "NovelAI"
    assert observed(b"AIGC", b"soon") == []


def test_glued_labels_are_found_and_overwritten():
    data = (
        b'xx AIGC{"Label":"1","ReservedCode1":{"a":1}} yy "AIGC": {"Label":"2"} zz AIGC{"Label":"3'
    )
    assert [data[start:end] for start, end, _ in glued.find(data)] == [
        b'{"Label":"1","ReservedCode1":{"a":1}}',
        b'{"Label":"2"}',
    ]
    new = glued.blanked(data)
    assert len(new) == len(data)
    assert list(glued.find(new)) == []


def test_a_heap_of_glued_labels_is_overwritten_to_the_last():
    data = b'x AIGC{"Label":"1","ProduceID":"2"} y' * 50
    new = glued.blanked(data)
    assert len(new) == len(data)
    assert b"ProduceID" not in new


def test_a_glued_label_that_breaks_off_ends_with_the_data():
    data = b'AIGC{"Label":"1","ContentPro'
    ((start, end, parsed),) = glued.find(data)
    assert (start, end, parsed.fields) == (4, len(data), {"Label": "1"})


@given(st.binary(max_size=100), st.text(max_size=80))
def test_no_value_makes_a_reader_raise(data, text):
    traces.c2pa(CLAIM + b"claim_generator" + data, carrier="x")
    traces.iim(b"\x1c\x02\x6e" + data, carrier="x")
    traces.keyword(text, text, carrier="x")
    traces.digital_source(text, carrier="x")
    list(keyword.observe(b"AIGC", data, carrier="x", home=True, offset=None))
    assert len(glued.blanked(b"AIGC{" + data)) == len(data) + 5


def test_braces_that_never_close_cost_little():
    data = b'AIGC{"Label":"1"' + b"{" * (1 << 20)
    ((start, end, _),) = glued.find(data)
    assert end - start == 1 << 16
