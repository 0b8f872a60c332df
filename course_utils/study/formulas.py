"""Formulas for places that show only text, a Greek letter for its name and √(x + 1) for a root."""

from __future__ import annotations

import html
import re
import unicodedata

_CODE_OR_FORMULA = re.compile(
    r"(?P<code>```.*?```|`[^`\n]+`)|\$\$(?P<display>.+?)\$\$|(?<!\\)\$(?P<inline>[^$\n]+?)(?<!\\)\$"
    r"|\*\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*\*",
    re.DOTALL,
)
_TAGS = re.compile(r"</?(?:p|code|b|i|em|strong|br|sub|sup)\s*/?>")
_TOKEN = re.compile(r"\\begin\{(?P<begin>\w+)\*?\}|\\end\{\w+\*?\}|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
# One number, one letter with its accent and index, one word, or what is in parentheses already.
_ATOM = re.compile(r"[\d.]+|∂?(?:[^\W\d_][\u0300-\u036f]?|[a-z]{3,})(?:_[^\W_]+)?|\([^()]*\)")
_POWER = re.compile(r"-?[^\W_]*")
_DEEPEST = 40
_CELL, _ROW = "\t", "\v"

_SYMBOLS = {
    "cdot": "·", "times": "×", "pm": "±", "odot": "⊙", "circ": "∘", "star": "⋆", "ast": "*", "div": "÷",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "lt": "<", "gt": ">",
    "approx": "≈", "sim": "~", "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫",
    "sum": "∑", "prod": "∏", "int": "∫", "partial": "∂", "nabla": "∇", "infty": "∞",
    "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪", "cap": "∩", "forall": "∀", "exists": "∃",
    "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "leftarrow": "←", "mapsto": "↦", "iff": "⇔",
    "dots": "…", "ldots": "…", "cdots": "…", "vdots": "⋮", "mid": "|", "vert": "|", "lvert": "|", "rvert": "|",
    "Vert": "‖", "lVert": "‖", "rVert": "‖", "|": "‖", "lfloor": "⌊", "rfloor": "⌋", "langle": "⟨", "rangle": "⟩",
    "lceil": "⌈", "rceil": "⌉", "top": "T", "prime": "′", "ell": "ℓ", "varepsilon": "ε", "varphi": "φ",
    "quad": "  ", "qquad": "    ", ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "\\": _ROW,
    **dict.fromkeys(("left", "right", "big", "Big", "bigl", "bigr", "displaystyle", "limits", "nonumber"), ""),
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "overline": "\u0304"}
_ACCENTS |= {"dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7"}
# Commands whose one argument is shown as it is.
_PLAIN = {"text", "textbf", "textit", "mathrm", "mathbf", "mathit", "mathsf", "mathbb", "mathcal"}
_PLAIN |= {"operatorname", "boldsymbol", "bm", "underbrace", "overbrace", "underline", "mbox"}


def plain(markdown: str) -> str:
    """Markdown as a text that a terminal can show: formulas in plain characters, no tags; code stays as it is."""
    return html.unescape(_CODE_OR_FORMULA.sub(_shown, _TAGS.sub("", markdown))).strip()


def formula_text(latex: str) -> str:
    """A LaTeX formula in plain characters; a command that is not known is shown by its name."""
    text = _Reader(latex).group(None, 0).replace(_CELL, " ").replace(_ROW, "; ")
    return re.sub(r" {2,}", " ", re.sub(r"\s*\n\s*", " ", text)).strip()


def _shown(found: re.Match[str]) -> str:
    return found["code"] or found["bold"] or formula_text(found["display"] or found["inline"])


class _Reader:
    """Reads a formula from left to right."""

    def __init__(self, latex: str):
        self._tokens = [match.group() for match in _TOKEN.finditer(latex)][::-1]

    def group(self, end: str | None, depth: int) -> str:
        """All up to the token `end`, or to the formula's end."""
        parts: list[str] = []
        while self._tokens:
            token = self._tokens.pop()
            if token == end or (end == "\\end" and token.startswith("\\end{")):
                break
            part = self._one(token, depth)
            # A word beside a word: "N\log N".
            parts.append(f" {part}" if parts and _words_touch(token, parts[-1]) else part)
        return "".join(parts)

    def _one(self, token: str, depth: int) -> str:
        if depth > _DEEPEST:  # nobody can read that
            return token
        if token == "{":
            return self.group("}", depth + 1)
        if token in "^_":
            return _raised(token, self._argument(depth))
        if token.startswith("\\begin{"):
            return _table(token[7:-1].rstrip("*"), self.group("\\end", depth + 1))
        if token.startswith("\\"):
            return self._command(token[1:], depth)
        return {"}": "", "&": _CELL, "'": "′", "~": " "}.get(token, token)

    def _argument(self, depth: int) -> str:
        self._skip_space()
        return self._one(self._tokens.pop(), depth + 1) if self._tokens else ""

    def _skip_space(self) -> None:
        while self._tokens and self._tokens[-1].isspace():
            self._tokens.pop()

    def _command(self, name: str, depth: int) -> str:
        if name in ("frac", "dfrac", "tfrac"):
            return f"{_enclosed(self._argument(depth))}/{_enclosed(self._argument(depth))}"
        if name in ("underset", "overset", "stackrel"):
            note, what = self._argument(depth), self._argument(depth)
            return f"{what} [{note}]"
        if name == "sqrt":
            return self._root(depth)
        if name in _ACCENTS:
            what = self._argument(depth)
            return what + _ACCENTS[name] if len(what) == 1 else f"{name}({what})"
        if name in _PLAIN:
            return self._argument(depth)
        if name in ("partial", "nabla"):
            self._skip_space()
        return _SYMBOLS.get(name, _greek(name) or name)

    def _root(self, depth: int) -> str:
        if self._tokens and self._tokens[-1] == "[":
            self._tokens.pop()
            degree = self.group("]", depth + 1)
            return f"{_enclosed(self._argument(depth))}^(1/{degree})"
        return f"√{_enclosed(self._argument(depth))}"


def _greek(name: str) -> str:
    if name == "lambda":
        return "λ"
    try:
        size = "CAPITAL" if name[:1].isupper() else "SMALL"
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    except KeyError:
        return ""


def _words_touch(token: str, before: str) -> bool:
    named = len(token) > 2 and token[1:].isalpha() and token[1:] not in _SYMBOLS | _ACCENTS
    return named and not _greek(token[1:]) and token[1:] not in _PLAIN and before[-1:].isalnum()


def _enclosed(text: str) -> str:
    text = text.strip()
    return text if _ATOM.fullmatch(text) else f"({text})"


def _raised(token: str, text: str) -> str:
    """An exponent or an index, in parentheses where it would else end too early."""
    if text in ("′", "") or (text.startswith("(") and _ATOM.fullmatch(text)):
        return f"{token}{text}" if text.startswith("(") else text
    simple = _POWER.fullmatch(text) if token == "^" else text.isalnum()
    signed = text.startswith("-") and not text[1:].isdigit()
    return f"{token}{text}" if simple and not signed else f"{token}({text})"


def _table(kind: str, body: str) -> str:
    """A matrix as [a, b; c, d]; cases and aligned formulas row by row."""
    rows = [[cell.strip() for cell in row.split(_CELL)] for row in body.split(_ROW) if row.strip()]
    if "matrix" in kind or kind == "array":
        return f"[{'; '.join(', '.join(row) for row in rows)}]"
    lines = "; ".join(" ".join(filter(None, row)) for row in rows)
    return f"{{ {lines}" if kind == "cases" else lines
