"""Who somebody is could not be shown: signing in, tokens, and links that people were sent."""

from collections.abc import Mapping

from app.errors.tree import Gone, Invalid, NotAllowed


class NotAuthenticated(NotAllowed):
    status, issue, slug, close_code = 401, "login", "sign-in-required", 4501
    title = "Sign in to go on"

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class AnotherPerson(NotAuthenticated):
    """Kept on a device for somebody who is not the one signed in there now."""

    slug = "another-person"
    title = "Somebody else is signed in: sign in as the person who entered this"


class SignInFailed(NotAuthenticated):
    """Wrong user name or password, a locked or a disabled account: never said which."""

    slug = "sign-in-failed"
    title = "The user name or password is not right"


class TokenRefused(NotAuthenticated):
    """A token that is not ours, not for this, not yet or no longer valid: never said which."""

    slug = "token-refused"
    title = "This token is not accepted"

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class InvalidClient(NotAuthenticated):
    """An unknown or disabled client, or the wrong secret (RFC 6749 §5.2)."""

    slug = "invalid-client"
    title = "The client id or secret is not right"

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Basic realm="token"'}

    def extensions(self) -> Mapping[str, object]:
        return {"error": "invalid_client"}


class InvalidGrant(Invalid):
    """What a token was asked with does not give one; `error` is RFC 6749 §5.2's code."""

    status, slug = 400, "invalid-grant"
    title = "This request does not give a token"

    def __init__(self, error: str, detail: str) -> None:
        self.error = error
        super().__init__(detail)

    def extensions(self) -> Mapping[str, object]:
        return {"error": self.error}


class LinkExpired(Gone):
    """A join link that has ended, was withdrawn or was never ours."""

    slug = "link-expired"
    title = "This link does not work any more"


class LinkLocked(Gone):
    """Too many wrong answers. `phone` is whom to ring for a new link."""

    slug = "link-locked"
    title = "This link has been locked"

    def __init__(
        self,
        phone: str,
        detail: str = "The date of birth was wrong too many times. Ring us for a new link.",
    ) -> None:
        self.phone = phone
        super().__init__(detail)

    def extensions(self) -> Mapping[str, object]:
        return {"phone": self.phone}


class WrongBirthDate(NotAuthenticated):
    """The date of birth does not match; `tries_left` more before the link is locked."""

    slug = "wrong-birth-date"
    title = "That date of birth does not match our record"

    def __init__(self, tries_left: int) -> None:
        self.tries_left = tries_left
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"tries_left": self.tries_left}


class WrongRecipient(NotAuthenticated):
    """Not the address the link was sent to; `tries_left` more before the link is locked."""

    slug = "wrong-recipient"
    title = "This link was sent to another e-mail address"

    def __init__(self, tries_left: int) -> None:
        self.tries_left = tries_left
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"tries_left": self.tries_left}
