"""The names of generators: of programs and services whose output is made by a model."""

from __future__ import annotations

NAMES = (
    ("novelai", "NovelAI"),
    ("midjourney", "Midjourney"),
    ("adobe firefly", "Adobe Firefly"),
    ("adobe_firefly", "Adobe Firefly"),
    ("ideogram", "Ideogram"),
    ("dreamstudio", "DreamStudio"),
    ("stable diffusion", "Stable Diffusion"),
    ("stable-diffusion", "Stable Diffusion"),
    ("invokeai", "InvokeAI"),
    ("comfyui", "ComfyUI"),
    ("fooocus", "Fooocus"),
    ("draw things", "Draw Things"),
    ("image playground", "Apple Image Playground"),
    ("apple photos clean up", "Apple Photos Clean Up"),
    ("dall-e", "DALL-E"),
    ("dall·e", "DALL-E"),
    ("gpt-image", "OpenAI"),
    ("openai", "OpenAI"),
    ("chatgpt", "OpenAI"),
    ("bing image creator", "Bing Image Creator"),
    ("leonardo.ai", "Leonardo.Ai"),
    ("nightcafe", "NightCafe"),
    ("luma ai", "Luma AI"),
    ("reve.com", "Reve"),
    ("aphrodite ai", "Aphrodite AI"),
    ("dreamina", "Jimeng (Dreamina)"),
    ("fal-ai", "fal.ai"),
    ("bria ai", "Bria"),
    ("elevenlabs", "ElevenLabs"),
)
"""What names a generator in a field for software or devices, in lower case; and its name."""

KEYWORDS: dict[str, tuple[str, str | None]] = {
    # keyword: what its text must hold, who writes it
    "prompt": ('"class_type"', "ComfyUI"),
    "workflow": ('"nodes"', "ComfyUI"),
    "fooocus_scheme": ("", "Fooocus"),
    "dream": ("", "InvokeAI"),
    "sd-metadata": ("", "InvokeAI"),
    "invokeai_metadata": ("", "InvokeAI"),
    "invokeai_graph": ("{", "InvokeAI"),
    "hf-job-id": ("", "Higgsfield"),
    "suno_uuid": ("-", "Suno"),
    "suno_model": ("", "Suno"),
    "generation_data": ('"prompt"', "Tensor.Art"),
    "smproj": ("{", "Stability Matrix"),
    "negative_prompt": ("", None),
    "negative prompt": ("", None),
    "use_stable_diffusion_model": ("", "Easy Diffusion"),
    "stable diffusion model": ("", "Easy Diffusion"),
}
"""Keywords under which only generators write."""


def named(value: str, *, whole: bool = False) -> str | None:
    """The generator that a field for software or device names speaks of, or ``None``.

    Args:
        value: the name; a long one is not looked at further than names are long.
        whole: to look at all of it, nevertheless.
    """
    lowered = (value if whole else value[:400]).lower()
    for words, generator in NAMES:
        if words in lowered:
            return generator
    return None
