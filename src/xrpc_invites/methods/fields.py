"""Fields that several methods take, with their bounds."""

from typing import Annotated

from pydantic import Field

CodeText = Annotated[str, Field(min_length=1, max_length=1_024)]
"""A code as somebody types it."""
Available = Annotated[int, Field(ge=1, le=1_000_000)]
Note = Annotated[str, Field(max_length=3_000)]
Reason = Annotated[str, Field(max_length=3_000)]
GrantedRole = Annotated[str, Field(min_length=1, max_length=64)]
"""A role among people, which a use grants; not that of an operator."""
Tag = Annotated[str, Field(min_length=1, max_length=128)]
Tags = Annotated[list[Tag], Field(max_length=32)]
EmailDomain = Annotated[str, Field(min_length=1, max_length=253)]
EmailDomains = Annotated[list[EmailDomain], Field(max_length=100)]
Email = Annotated[str, Field(max_length=320)]
RedemptionId = Annotated[str, Field(min_length=1, max_length=64)]
Cursor = Annotated[str, Field(max_length=3_000)]
