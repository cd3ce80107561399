"""The job process: `awsglue` for the script, Spark or Sail below it, the bookmark's choice in between."""
