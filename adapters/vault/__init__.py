"""Keys of data subjects, under a role and pool of their own."""
