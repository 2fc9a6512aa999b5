"""The base model as transformers and peft know it, on the engine's own memory."""

from __future__ import annotations

from typing import Any

import torch

from .checkpoint import Checkpoint, views


def training_model(checkpoint: Checkpoint) -> Any:
    """A new `Gemma3ForCausalLM` whose parameters are views of the engine's weights, frozen.

    A trainer may wrap, patch and hook it at will, in another thread, while the engine serves: only the numbers are
    shared, and nobody writes to those. Each call returns a model of its own at the cost of its Python objects. Its
    config names the base by fingerprint, which peft writes into every adapter trained on it.
    """
    from transformers import Gemma3ForCausalLM
    from transformers.models.gemma3.modeling_gemma3 import Gemma3RotaryEmbedding

    with torch.device("meta"):
        model = Gemma3ForCausalLM(checkpoint.config.__class__.from_dict(checkpoint.config.to_dict()))
    weights = {
        name: torch.nn.Parameter(view.detach(), requires_grad=False)
        for name, view in views(checkpoint.shape, checkpoint.weights).items()
    }
    model.load_state_dict(weights, assign=True)
    model.tie_weights()
    embed = model.model.embed_tokens
    device = embed.weight.device
    # Buffers are not in a state dict; these are the only two kinds, and were left without memory above.
    embed.embed_scale = torch.tensor(embed.scalar_embed_scale, device=device)
    model.model.rotary_emb = Gemma3RotaryEmbedding(model.config, device=device)
    model.config._name_or_path = model.name_or_path = checkpoint.base_id
    model.requires_grad_(False)
    model.train(False)
    return model
