"""The adapter to DynamoDB: its tables are scanned, and items are put into them."""
