"""Settlement cycles that a new house starts with: asset class "equity", by trade date."""

from typing import Final

# market, first trade date, cycle, source
SEEDS: Final = (
    ("XBKK", "1991-04-30", "T+3", "SET: T+3 before 2 March 2018"),
    ("XBKK", "2018-03-02", "T+2", "SET and TCH: T+2 for trades from 2 March 2018"),
    ("XNYS", "1995-06-07", "T+3", "SEC Rule 15c6-1 (1993), in force 7 June 1995"),
    ("XNYS", "2017-09-05", "T+2", "SEC Release 34-80295, in force 5 September 2017"),
    ("XNYS", "2024-05-28", "T+1", "SEC Release 34-96930, in force 28 May 2024"),
    ("XLON", "1996-06-01", "T+3", "T+3 before the CSD Regulation"),
    ("XLON", "2014-10-06", "T+2", "Regulation (EU) 909/2014 Art. 5; moved on 6 October 2014"),
    ("XHKG", "1992-06-24", "T+2", "CCASS Rules: continuous net settlement on T+2"),
    ("XSES", "1998-01-01", "T+3", "CDP: T+3 before 10 December 2018"),
    ("XSES", "2018-12-10", "T+2", "SGX and CDP: T+2 for trades from 10 December 2018"),
    ("XTKS", "2000-01-01", "T+3", "JSCC: T+3 before 16 July 2019"),
    ("XTKS", "2019-07-16", "T+2", "JSCC and JSDA: T+2 for trades from 16 July 2019"),
)
