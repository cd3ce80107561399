"""`make bench`: every benchmark, one after the other."""

from benchmarks import api, listing, selection

if __name__ == "__main__":
    selection.main()
    listing.main()
    api.main()
