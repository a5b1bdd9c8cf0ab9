"""The words and sentences that this project avoids, as rules for proselint, and the exceptions.

proselint matches with RE2, case-insensitively, in one line per paragraph. docs/glossary.md lists the terms that we use.
"""

MAX_WORDS = 25

# Pattern: advice.
PATTERNS = {
    r"\bjudg(e|es|ed|ing|ement|ements|ment|ments)\b": "use verify, evaluate or decision",
    r"\bmend(s|ed|ing)?\b": "use fix",
    r"\banew\b": "use again, or redeploy",
    r"\b(told|said|tells? of|tells? nothing)\b": "use shows, prints, reports or returns",
    r"\b(at all|in its own words|where from)\b": "leave it out, or name the thing",
    r"\b(stands|stood|stand (in|on|at|for|there|where|twice|under)) ": "use is, or contains",
    r"\bbeside\b": "use next to, or with",
    r"\bin (the|its|their) place of\b": "use instead of",
    r"\bat hand\b": "say where it is",
    r"\bin earnest\b": "use in production",
    r"\b(as it is|as they are|as it stands)\b": "use unchanged, or now",
    r"\bof (yours|ours|theirs|his)\b": "use your, our or their",
    r"\bof (its|their|your) own[.,;:)]": "use its own, or separate",
    r"\b(have|has|had|having) (it|them) [a-z]+ed\b": "say who does it, in the active voice",
    r"\b(whom|whoever|whomever|himself)\b": "name the person or part",
    r"\b(nobody|no one)\b": "name the person or part",
    r"\bwhere (there (is|are|was)|it (is|has|does|was|can|would|could)|they (are|have|do))": "use if or when",
    r"\bwhere (none|no |that (is|was)|this is|one )": "use if or when",
    r", for (it|they|he|there|nobody|none|both|otherwise) ": "use because",
    r"\b(but for|save for|save that)\b": "use except",
    r"\bone (can|may|must|forgets|should|could|sees|needs|asks|wants|knows)\b": "use you",
    r"\b(one|two|three|a|an) (copy|deployment|time|day|hour|segment|minute|region|request)s? more\b": "use another",
    r"\b(thereof|therein|whereby|wherein|thereby|hitherto|whereof|whence)\b": "use a plain word",
    r"\b(lest|albeit|hence|withal|unasked)\b": "use a plain word",
    r"\b(let|lets|letting) ([a-z]+ )?(in|through)\b": "use allow",
    r"\b(gatekeeper|seeded keys?|seed keys?|fences?)\b": "use the word of docs/glossary.md",
    r"\bloud(ly)?\b": "use warning",
    r"\b(none|nothing|no [a-z]+) (that|which) (does|do|is|are|has|have|can) ?not\b": "use a positive statement",
    r"\bkeeps? (its|their) word\b": "use keeps its promise",
    r"\bmust never be\b": "name the rule",
    r"\b(goes|go) by\b": "say what identifies it",
    r"\bknows? (no|nothing of)\b": "use does not depend on",
    r"\b(the|its|their|a) (like|likes) of\b": "use such as",
}
# A sentence that begins with one of these, and does not end with a question mark, has a clause as its subject.
CLAUSES = ("who", "whom", "whose", "what", "which", "how", "whatever", "where")
# A clause instead of a noun, except in a question.
NOUN_CLAUSE = (
    r"\bwhat (is|was|are|were|has|had|have|it|they|he|does|do|did|a|an|the|no|cannot|can|could|may|must|would|will"
    r"|comes|goes|runs|should|needs|makes|made|gets|got|says|lets|calls|called|reads|takes|took)\b"
    r"|(^|[;:,] |\b(of|to|by|with|for|from|on|than|but|as|not|is|and|or) )who (is|was|has|may|can|does|are|must)\b"
)
# A sentence that begins with one of these is a question, or a condition without `if`.
INVERTED = ("Has", "Have", "Had", "Were", "Was", "Should", "Is", "Are", "Does", "Can", "Could")

# Pattern of a finding, as the command prints it: the reason why it stays.
EXCEPTIONS = {
    r"^docs/glossary\.md:.* own\.words": "the third column lists the words that we do not use",
    r"lexical_illusions: .*'(.*CODE.*|[\d ]+)'": "code and section numbers such as 5.5 are not repeated words",
    r"^CHANGELOG\.md:\d+: own\.words: \"(JUDGED|ANEW)\"": "labels of the old version",
    r"messages\.txt:\d+: own\.sentence: \"GET /p0": "a list of routes, which a test provokes",
    r"'routes ROUTES'": "a module and its list of routes",
}
# Checks of proselint that do not fit technical text: the reason.
DISABLED = {
    "typography.symbols": "this repository uses plain ASCII",
}
