"""Typing promises: files that type checkers read, with assert_type and expected errors."""
