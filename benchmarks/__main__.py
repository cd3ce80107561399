"""`make bench`: every benchmark, one after the other."""

from benchmarks import api, csv_reading, listing, scale, selection

if __name__ == "__main__":
    selection.main()
    scale.main()
    listing.main()
    api.main()
    csv_reading.main()
