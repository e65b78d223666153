"""What an auditor needs: verification that trusts nobody, seals outside the database, exports and replays."""
