"""Inference: Gemma-3 with a different LoRA adapter for every request. Knows nothing of players or chat."""
