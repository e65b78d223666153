"""Tests of what auditors rely on."""
