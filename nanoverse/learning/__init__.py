"""From what a player said to an adapter that speaks like them."""
