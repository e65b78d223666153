"""How does a tenant's white-label suite look?"""

from typing import Annotated, Self

from pydantic import StringConstraints

from domain.kernel.personal import Impersonal
from domain.kernel.text import Colour
from domain.kernel.value import Input

FontName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,79}$"), Impersonal()]

# Only https and only characters that need no quoting in a style sheet, a header or a policy.
AssetUrl = Annotated[
    str,
    StringConstraints(
        max_length=500,
        pattern=r"^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?(/[A-Za-z0-9._~%/+=&?-]*)?$",
    ),
    Impersonal(),
]


class Theme(Input):
    """Colours, logo and fonts; a field that says nothing leaves the suite's own look.

    It doubles as its own JSON Merge Patch: fields that were set replace, null removes,
    absent fields stay.
    """

    primary_colour: Colour | None = None
    secondary_colour: Colour | None = None
    accent_colour: Colour | None = None
    background_colour: Colour | None = None
    text_colour: Colour | None = None
    logo_url: AssetUrl | None = None
    favicon_url: AssetUrl | None = None
    heading_font: FontName | None = None
    body_font: FontName | None = None

    def merged_with(self, patch: "Theme") -> Self:
        """This theme after a JSON Merge Patch (RFC 7396)."""
        return self.model_copy(update={name: getattr(patch, name) for name in patch.model_fields_set})


PLAIN = Theme()
