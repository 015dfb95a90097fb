"""Why a trick fell short, and what to change."""
