"""The rules: functions of values, without I/O, clock or Spark. What must be right lives here."""
