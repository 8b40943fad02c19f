"""The words of the API reference for files that go out and come in. No behaviour, no schemas."""

CODES = {
    "TableName": {
        "commitments": "commitments and parts, one on each row",
        "status_updates": "published updates of these commitments",
        "actions": "public actions, or those linked to these commitments",
        "coverage": "links of the actions of the events, and what is left over on both sides",
    },
    "Langs": {"zh": "Chinese columns only", "en": "English columns only", "zh,en": "both"},
    "UploadKind": {"ndjson": "a record file", "csv": "a table", "xlsx": "a workbook"},
}
SHAPES = {
    "Accepted": "Which records of an upload to accept.",
    "Import": "A file that was sent, and what it would change as things stand now.",
    "ImportRecord": "What a file would do to one record.",
    "ImportField": "A field in which a file differs from what is stored.",
    "ImportCounts": "How many records of a file are new, changed, equal, or in conflict.",
}
FIELDS = {
    "Accepted.records": "Ids of records, as `records` of the upload has them; absent: all that are not equal.",
    "BookQuery.lang": "Whose texts stand in the columns.",
    "TableQuery.lang": "Whose texts stand in the columns.",
    "TableQuery.table": "What the rows are.",
    "Upload.name": "What the file is called; shown, and never used as a path.",
    "Upload.reason": "Why; it stands in the ledger and in the history unless another reason is given with the acceptance.",
    "corrigendum": "The symbol of a document, or of a corrigendum to it, whose official wording a record file may change.",
    "replace_working": "Whether a record file may change working translations.",
    "Import.id": "Names the upload.",
    "sha256": "The hash of the file as it came.",
    "accepted": "Whether it was accepted already.",
    "expires_at": "When the file is forgotten.",
    "counts": "How many there are of each state.",
    "Import.records": "The records that are not equal, a page of them.",
    "Import.total": "How many records are not equal.",
    "Import.next": "The cursor of the following page.",
    "created_at": "When it was made.",
    "ImportRecord.id": "Names the record in this upload.",
    "ImportRecord.state": "new, changed, equal or conflict.",
    "where": "The line of a record file, or the row or cell of a table.",
    "changes": "Field by field.",
    "ImportField.field": "The field of a record file, or the column of a table.",
    "before": "What was stored.",
    "after": "What it says now.",
    "exported": "What the table said when it was exported, where the record was changed since.",
    "conflict": "Whether an import may not write this.",
    "new": "Records that would be made.",
    "changed": "Records that would change.",
    "equal": "Records that say what is stored.",
    "ImportCounts.conflict": "Records that cannot be accepted.",
}
EXAMPLES = {"ImportRecord.id": "commitment/HI-O7b", "where": "O2", "Import.id": "i-0123456789abcdef"}
