"""What a page says after something was done: a code in the address, a sentence on the page. It needs neither script nor cookie."""

from app.actors import Actor
from app.errors import N_
from app.i18n import Lang, gettext

_DONE = {
    "draft_saved": N_("The draft is saved. Only staff and your organization see it."),
    "submitted": N_("The update is submitted. An editor will publish it or return it with a note."),
    "published": N_("The update is published. Everybody can read it now."),
    "returned": N_("The update is returned with your note."),
    "withdrawn": N_("The draft is withdrawn."),
    "confirmed": N_("Confirmed: what is recorded is still true."),
    "proposed": N_("The action is proposed. It becomes public when an editor accepts it."),
    "accepted": N_("The action is accepted. Everybody can read it now."),
    "deleted": N_("The action is deleted."),
    "noted": N_("The note is added."),
    "linked": N_("The link is stored."),
    "unlinked": N_("The link is removed."),
    "created": N_("The new record is stored."),
    "changed": N_("The change is stored."),
    "uploaded": N_("The file is kept. Nothing is changed before you accept it."),
    "imported": N_("The chosen records are imported."),
    "user_changed": N_("The account is changed."),
    "place_ended": N_("That place is signed out."),
    "places_ended": N_("All other places are signed out."),
    "revoked": N_("The token is revoked."),
    "password_changed": N_("Your password is changed. All other places are signed out."),
}
_TO_ANYBODY = {
    "password_chosen": N_("Your password is stored. Sign in with it now."),
    "administrator_made": N_("The first administrator is made. Sign in now."),
}


def done_words(lang: Lang, code: str, actor: Actor | None) -> str | None:
    """The sentence for a code; to strangers only what concerns signing in, so that no link can tell them a tale."""
    known = _TO_ANYBODY if actor is None else _TO_ANYBODY | _DONE
    return gettext(lang, known[code]) if code in known else None
