"""The developer platform: who is told what happened, and how."""
