"""Names in another format's spelling, never two things under one name."""

from collections.abc import Callable, Iterable, Iterator, Mapping


class Names(Mapping[str, str]):
    """Each name in a format's spelling.

    What is spelled right already keeps its name; the others are respelled, and where two would be
    the same the later gets "-2", "-3". The same names give the same spelling each time.
    """

    def __init__(
        self, names: Iterable[str], respell: Callable[[str], str], *, longest: int = 1_000
    ) -> None:
        ordered = sorted(set(names))
        right = [name for name in ordered if respell(name) == name and len(name) <= longest]
        self._names = {name: name for name in right}
        taken = set(right)
        for name in ordered:
            if name in self._names:
                continue
            spelled = base = respell(name)[:longest]
            number = 2
            while spelled in taken:
                suffix = f"-{number}"
                spelled, number = base[: longest - len(suffix)] + suffix, number + 1
            self._names[name] = spelled
            taken.add(spelled)

    def __getitem__(self, name: str) -> str:
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
