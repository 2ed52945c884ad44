"""Settings of a generation: what tools note of how they made a picture, a film or a song.

They are told by their content, as the same text stands under many names: a keyword of PNG, a
comment, a tag of a film. Two shapes are in use: a line of pairs as WebUI prints it, and JSON.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 256 << 10
"""Characters of one text looked at: a large workflow has a hundred thousand."""


class Settings(NamedTuple):
    """Settings that were found; ``tool`` is who wrote them, ``None`` if they do not tell."""

    tool: str | None


# "Steps: 20, ..., Sampler: Euler a, ...": the order behind the steps is each tool's own.
_LINE = r"\bSteps: \d{1,5}, [^\n]{0,600}?\b(?:Sampler|CFG scale|Guidance Scale|Seed): "
LINE_TOOLS = (
    ("Civitai resources: ", "Civitai"),
    ("App: SD.Next", "SD.Next"),
    ("Version: ComfyUI", "ComfyUI"),
)
_BEGINNING = r"\s*(?:(?i:(prompt|workflow)|parameters|metadata):\s*)?\{"  # a name may stand first
TOOLS = (
    # words that must all stand in the JSON, and whose they are; the most telling come first
    (('"sui_image_params"',), "SwarmUI"),
    (('"RuinedFooocus"',), "RuinedFooocus"),
    (('"use_stable_diffusion_model"',), "Easy Diffusion"),
    (('"invokeai_metadata"',), "InvokeAI"),
    (('"v4_prompt"',), "NovelAI"),
    (('"noise_schedule"', '"uncond_scale"'), "NovelAI"),
    (('"metadata_scheme"', '"fooocus"'), "Fooocus"),
    (('"base_model"', '"performance"'), "Fooocus"),
    (('"WanGP ',), "WanGP"),
    (('"class_type"', '"inputs"'), "ComfyUI"),
    (('"nodes"', '"links"'), "ComfyUI"),
)
_NOVELAI = r'"Software"\s*:\s*"NovelAI"'
# What every diffusion model is told, under the names that are in use for it.
_NEEDED = (
    r'"(?:seed|noise_seed)"\s*:',
    r'"(?:steps|num_steps|num_inference_steps)"\s*:',
    r'"(?:(?:positive_?|negative_?)?prompt|uc|sampler(?:_?name)?|(?:cfg|guidance)_?scale)"\s*:',
)


def find(text: str) -> Settings | None:
    """The settings that a text is, or ``None``. Never raises."""
    text = text[:LONGEST]
    if "Steps: " in text and re.search(_LINE, text):
        tool = next((name for words, name in LINE_TOOLS if words in text), None)
        return Settings(tool or "Stable Diffusion WebUI")
    if (found := re.match(_BEGINNING, text)) is None:
        return None
    if found[1] and ('"class_type"' in text or '"nodes"' in text):
        return Settings("ComfyUI")
    return _in_json(text)


def _in_json(text: str) -> Settings | None:
    """Looked for, not parsed: workflows are large, and some are cut short or printed in Python."""
    text = text.replace('\\"', '"')  # JSON within JSON
    tool = next((name for words, name in TOOLS if all(word in text for word in words)), None)
    if tool is None and re.search(_NOVELAI, text):
        tool = "NovelAI"
    if tool is None and not all(re.search(name, text, re.IGNORECASE) for name in _NEEDED):
        return None
    return Settings(tool)
