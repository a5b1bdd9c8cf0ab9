"""Tests undocumented answers of AWS, with a small API that exists for some minutes."""
