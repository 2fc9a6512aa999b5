"""What an adapter's folder holds, under the names that PEFT gives its files."""

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
FILES = (CONFIG, WEIGHTS)
