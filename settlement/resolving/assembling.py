"""From a file's fields to a `Problem`: names checked, each asset brought to one scale."""

from dataclasses import dataclass, field

from backoffice.kernel.refusals import Place, Said
from settlement.resolving.amounts import Amount, most_decimals
from settlement.resolving.fields import Node
from settlement.resolving.model import (
    Account,
    BilateralLimit,
    Leg,
    Limit,
    Obligation,
    Problem,
)
from settlement.resolving.refusals import (
    Contradiction,
    NoCommonValue,
    NotAnAmount,
    Repeated,
    SameParty,
    UnequalLots,
    UnknownParticipant,
)

MOST_LOTS = 10**6
LARGEST_TOTAL = 1 << 62
LIMITS = ("credit_line", "net_debit_cap", "minimum_balance")


@dataclass(frozen=True, slots=True)
class DraftLeg:
    """A leg whose amount is not yet scaled."""

    giver: str
    taker: str
    asset: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class DraftObligation:
    """An obligation before scaling; `value_asset` is None where the file states the value."""

    node: Node
    id: str
    legs: tuple[DraftLeg, ...]
    value: Amount
    value_asset: str | None
    priority: int
    lots: int


@dataclass(slots=True)
class Draft:
    """What has been read so far."""

    name: str | None
    default_asset: str
    participants: dict[str, None] = field(default_factory=dict)
    balances: dict[Account, Amount] = field(default_factory=dict)
    limits: dict[Account, dict[str, Amount]] = field(default_factory=dict)
    bilateral: dict[tuple[str, str, str], Amount] = field(default_factory=dict)
    obligations: dict[str, DraftObligation] = field(default_factory=dict)

    def add_participant(self, node: Node, participant: str) -> None:
        """A participant that the file lists."""
        if participant in self.participants:
            what = Said(f"Participant {participant}", f"ผู้เข้าร่วม {participant}")
            raise Repeated(node.place, what=what)
        self.participants[participant] = None

    def add_balance(self, node: Node, participant: str, asset: str) -> None:
        """An opening balance, of any sign; its holder becomes a participant."""
        account = (participant, asset)
        if account in self.balances:
            what = Said(
                f"The balance of {participant} in {asset}", f"ยอดคงเหลือของ {participant} ใน {asset}"
            )
            raise Repeated(node.place, what=what)
        self.participants.setdefault(participant)
        self.balances[account] = node.amount(least=None)

    def add_credit_line(self, node: Node, participant: str) -> None:
        """A limit in the short form: participant to credit line in the default asset."""
        self._known(node, participant)
        self.limits[participant, self.default_asset] = {"credit_line": node.amount()}

    def add_limit(self, node: Node) -> None:
        """A limit in the long form."""
        participant = self._participant(node, "participant")
        account = (participant, self._asset(node, "asset"))
        if account in self.limits:
            what = Said(
                f"The limit of {participant} in {account[1]}",
                f"วงเงินของ {participant} ใน {account[1]}",
            )
            raise Repeated(node.place, what=what)
        stated = {name: node.child(name).amount() for name in LIMITS if name in node.mapping()}
        if stated.keys() >= {"credit_line", "minimum_balance"}:
            rule = Said(
                "one lowers the floor below zero, the other raises it",
                "อย่างหนึ่งลดเพดานล่างให้ต่ำกว่าศูนย์ อีกอย่างหนึ่งยกขึ้น",
            )
            raise Contradiction(
                node.place, first="credit_line", second="minimum_balance", rule=rule
            )
        self.limits[account] = stated

    def add_bilateral_limit(self, node: Node) -> None:
        """What a participant sends one counterparty at most, net."""
        sender = self._participant(node, "participant")
        receiver = self._participant(node, "counterparty")
        if sender == receiver:
            raise SameParty(node.place, participant=sender)
        key = (sender, receiver, self._asset(node, "asset"))
        if key in self.bilateral:
            what = Said(
                f"The limit of {sender} towards {receiver}", f"วงเงินของ {sender} ต่อ {receiver}"
            )
            raise Repeated(node.place, what=what)
        self.bilateral[key] = node.child("amount").amount()

    def add_payment(self, node: Node) -> None:
        """debtor, creditor, amount."""
        leg = self._leg(node, "debtor", "creditor", "asset", "amount")
        self._add(node, (leg,))

    def add_trade(self, node: Node) -> None:
        """buyer, seller, security, quantity against amount."""
        cash = self._leg(node, "buyer", "seller", "cash", "amount")
        self._add(node, (cash, self._leg(node, "seller", "buyer", "security", "quantity")))

    def add_legs(self, node: Node) -> None:
        """Any legs; an empty list is refused by the missing first leg."""
        legs = tuple(
            self._leg(leg, "from", "to", "asset", "amount") for leg in node.child("legs").items()
        )
        if not legs:
            Node({}, node.child("legs").pointer, self.name).child("0")
        self._add(node, legs)

    def problem(self) -> Problem:
        """The problem, every amount scaled to its asset's smallest unit."""
        self._check_values()
        decimals = self._decimals()
        value_decimals = most_decimals(draft.value for draft in self.obligations.values())
        problem = Problem(
            participants=tuple(self.participants),
            balances={
                account: amount.scaled(decimals[account[1]])
                for account, amount in self.balances.items()
            },
            obligations=tuple(
                self._scaled(draft, decimals, value_decimals) for draft in self.obligations.values()
            ),
            limits=tuple(
                _limit(account, stated, decimals[account[1]])
                for account, stated in self.limits.items()
            ),
            bilateral_limits=tuple(
                BilateralLimit(*key, amount.scaled(decimals[key[2]]))
                for key, amount in self.bilateral.items()
            ),
            decimals=decimals,
            value_decimals=value_decimals,
        )
        self._check_sums(problem)
        return problem

    def _add(self, node: Node, legs: tuple[DraftLeg, ...]) -> None:
        fields = node.mapping()
        key = next((key for key in ("id", "seq") if key in fields), None)
        name = node.child(key).label() if key else str(len(self.obligations) + 1)
        if name in self.obligations:
            what = Said(f"Obligation {name}", f"ภาระผูกพัน {name}")
            raise Repeated(node.place, what=what)
        valued = "value" in fields
        self.obligations[name] = DraftObligation(
            node=node,
            id=name,
            legs=legs,
            value=node.child("value").amount() if valued else legs[0].amount,
            value_asset=None if valued else legs[0].asset,
            priority=node.child("priority").whole(0, 9) if "priority" in fields else 5,
            lots=node.child("lots").whole(1, MOST_LOTS) if "lots" in fields else 1,
        )

    def _leg(self, node: Node, giver: str, taker: str, asset: str, amount: str) -> DraftLeg:
        leg = DraftLeg(
            giver=self._participant(node, giver),
            taker=self._participant(node, taker),
            asset=self._asset(node, asset),
            amount=node.child(amount).amount(least=1),
        )
        if leg.giver == leg.taker:
            raise SameParty(node.place, participant=leg.giver)
        return leg

    def _participant(self, node: Node, key: str) -> str:
        return self._known(node.child(key), node.child(key).text())

    def _known(self, node: Node, participant: str) -> str:
        if participant not in self.participants:
            raise UnknownParticipant(node.place, participant=participant)
        return participant

    def _asset(self, node: Node, key: str) -> str:
        optional = key in {"asset", "cash"} and key not in node.mapping()
        return self.default_asset if optional else node.child(key).text()

    def _check_values(self) -> None:
        seen: str | None = None
        for draft in self.obligations.values():
            if draft.value_asset is None:
                continue
            if seen not in {None, draft.value_asset}:
                raise NoCommonValue(draft.node.place, first=draft.value_asset, second=seen)
            seen = draft.value_asset

    def _decimals(self) -> dict[str, int]:
        decimals: dict[str, int] = {}
        stated = [(account[1], amount) for account, amount in self.balances.items()]
        stated += [(key[2], amount) for key, amount in self.bilateral.items()]
        for account, limits in self.limits.items():
            stated += [(account[1], amount) for amount in limits.values()]
        for draft in self.obligations.values():
            stated += [(leg.asset, leg.amount) for leg in draft.legs]
        for asset, amount in stated:
            decimals[asset] = max(decimals.get(asset, 0), amount.decimals)
        return decimals

    def _scaled(
        self, draft: DraftObligation, decimals: dict[str, int], value_decimals: int
    ) -> Obligation:
        obligation = Obligation(
            id=draft.id,
            legs=tuple(
                Leg(leg.giver, leg.taker, leg.asset, leg.amount.scaled(decimals[leg.asset]))
                for leg in draft.legs
            ),
            value=draft.value.scaled(value_decimals),
            priority=draft.priority,
            lots=draft.lots,
        )
        for units in (obligation.value, *(leg.amount for leg in obligation.legs)):
            if units % obligation.lots:
                raise UnequalLots(draft.node.place, amount=units, lots=obligation.lots)
        return obligation

    def _check_sums(self, problem: Problem) -> None:
        """Totals stay in 64-bit integers, so that no sum the engine forms can wrap around."""
        totals: dict[str | None, int] = {}
        asset: str | None
        for (_, asset), balance in problem.balances.items():
            totals[asset] = totals.get(asset, 0) + abs(balance)
        for obligation in problem.obligations:
            totals[None] = totals.get(None, 0) + obligation.value
            for leg in obligation.legs:
                totals[leg.asset] = totals.get(leg.asset, 0) + leg.amount
        for asset, total in totals.items():
            if total >= LARGEST_TOTAL:
                place = Place(file=self.name, field="/obligations")
                rule = Said(
                    f"the amounts of {asset or 'value'} add up to 62 bits or more",
                    f"ผลรวมของ {asset or 'value'} ยาวตั้งแต่ 62 บิตขึ้นไป",
                )
                raise NotAnAmount(place, found=str(total), rule=rule)


def _limit(account: Account, stated: dict[str, Amount], decimals: int) -> Limit:
    units = {name: amount.scaled(decimals) for name, amount in stated.items()}
    return Limit(
        *account,
        credit_line=units.get("credit_line"),
        net_debit_cap=units.get("net_debit_cap"),
        minimum_balance=units.get("minimum_balance"),
    )
