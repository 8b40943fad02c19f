"""The words of the API reference for search. No behaviour, no schemas."""

CODES = {
    "Found": {
        "commitment": "a commitment or part, by its text",
        "status_update": "a published update, by its narrative",
        "action": "an action, by its title or description",
    },
    "Lang": {"zh": "Chinese", "en": "English"},
}

SHAPES = {
    "Fragment": "The passage of a text around its first hit.",
    "Piece": "A stretch of the original text.",
    "Result": "A record that was found, with the passages that hold the words.",
}

FIELDS = {
    "Fragment.field": "The field of the record that the passage stands in.",
    "Fragment.lang": "The language of the passage.",
    "Fragment.pieces": "Put together they are the original text as it stands there.",
    "Piece.hit": "Whether this is what was looked for.",
    "Piece.text": "The original text, upper and lower case and punctuation as they are.",
    "Result.commitment": "Of an update, the ref of its commitment or part; else null.",
    "Result.document": "The symbol of the document; null for an action.",
    "Result.fragments": "One for each text and language that holds the words.",
    "Result.text": "The text in both languages: of an update its narrative, of an action its title.",
    "SearchQuery.entity": "Look only among these.",
}
