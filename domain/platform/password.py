"""Which passwords are too easy to guess?"""

from domain.kernel.refusals import Malformed

MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 256

# The head of every published list of leaked passwords, from eight characters up.
_COMMON_ONES = """
    00000000 11111111 111111111 1111111111 11223344 12121212 12341234 12344321 123454321 12345678
    123456789 1234567890 123456781 12345678910 123123123 1233211234567 123qwe123 123qweasd 1q2w3e4r
    1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc 55555555 66666666 87654321 88888888 987654321 9876543210 99999999
    a1234567 a12345678 aa123456 aa12345678 abc12345 abcd1234 abcdefgh adminadmin admin123 administrator
    asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl azertyui azertyuiop baseball basketball bonjour1
    butterfly changeme changeme1 charlie1 chocolat chocolate computer dragon123 elizabeth facebook
    football football1 google123 iloveyou iloveyou1 iloveyou2 internet jennifer letmein1 letmein123
    liverpool loulou123 marseille master123 maverick michelle michael1 monkey123 motdepasse motdepasse1
    mustang1 myspace1 nicolas1 p@ssw0rd p@ssword pass1234 passw0rd passwort password password! password1
    password12 password123 password1234 princess princess1 q1w2e3r4 qazwsxedc qwer1234 qwerasdf qwerty12
    qwerty123 qwerty1234 qwertyui qwertyuiop qwertzui qwertzuiop sunshine sunshine1 superman superman1
    starwars test1234 testtest trustno1 voyage123 welcome1 welcome123 whatever zaq12wsx zxcvbnm1
    zxcvbnm123
"""
COMMON = frozenset(_COMMON_ONES.split())


class PasswordTooWeak(Malformed):
    """Choose a password of at least 8 characters that is neither common nor your own e-mail address."""


def refuse_weak_password(password: str, *, email: str) -> None:
    """Length and guessability, no rules of composition."""
    guess = password.casefold().strip()
    own = {email.casefold(), email.casefold().partition("@")[0]}
    fits = MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH
    if not fits or guess in COMMON or guess in own or len(set(guess)) < 3:
        raise PasswordTooWeak(minimum_length=MINIMUM_LENGTH, maximum_length=MAXIMUM_LENGTH)
