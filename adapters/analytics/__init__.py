"""What do analysts read, and how?"""
