"""The bundled tiny model: its weights, its data and how it was made."""
