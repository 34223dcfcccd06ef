"""What runs by the clock. Each wake-up is a hint: the rows behind it say what is to be done."""

from celery.schedules import crontab

SCHEDULE = {
    # Events that were not delivered at once, because the broker was away or a subscriber failed.
    "deliver-outbox": {"task": "backoffice.outbox.tasks.deliver_pending", "schedule": 5.0},
    # Jobs that wait without a message, or whose worker is gone.
    "redrive-jobs": {"task": "backoffice.outbox.tasks.redrive_jobs", "schedule": 30.0},
    # The end of day, after the market's and the banks' usual cut-offs (Asia/Bangkok).
    "close-of-business": {
        "task": "settlement.tasks.close_due_days",
        "schedule": crontab(hour=17, minute=30, day_of_week="mon-fri"),
    },
    # The same for days whose last cut-off is later than that, such as one of another continent.
    "close-after-cut-offs": {
        "task": "settlement.tasks.close_after_cut_offs",
        "schedule": crontab(hour="18-23,0-8", minute="0,30", day_of_week="mon-sat"),
    },
    # Trades that were being captured while a calendar changed; all others moved with its event.
    "rederive-value-dates": {
        "task": "settlement.tasks.rederive_value_dates",
        "schedule": crontab(minute=20),
    },
    # Reservations whose time is up give back what they held.
    "expire-pending": {"task": "accounting.tasks.expire_pending", "schedule": 60.0},
    # The ledger's log is sealed behind the postings, never in their way.
    "seal-ledger-logs": {"task": "accounting.tasks.seal_logs", "schedule": 300.0},
    "keep-month-ends": {
        "task": "accounting.tasks.keep_month_ends",
        "schedule": crontab(hour=1, minute=15),
    },
    # Every filed content against its hash.
    "verify-records": {
        "task": "records.tasks.verify_records",
        "schedule": crontab(hour=2, minute=0),
    },
}
