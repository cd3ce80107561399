"""`make bench`: every benchmark, one after the other."""

from benchmarks import api, catalog, csv_reading, listing, scale, selection, table_read

if __name__ == "__main__":
    selection.main()
    scale.main()
    listing.main()
    api.main()
    catalog.main()
    table_read.main()
    csv_reading.main()
