"""`make bench`: every benchmark, one after the other."""

from benchmarks import api, selection

if __name__ == "__main__":
    selection.main()
    api.main()
