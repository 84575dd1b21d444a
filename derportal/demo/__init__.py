"""The demo: its people, its endpoints, and a territory with applications in every state."""
