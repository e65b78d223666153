"""What happens, told to programs: as it happens, as a file, and as a catalogue of everything that can."""
