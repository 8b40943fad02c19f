"""The Hainan tracker: commitments of United Nations documents in Chinese and English, with their status and history."""

__version__ = "0.1.0"
