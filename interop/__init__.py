"""The interoperability test kit: procedures in files, run over HTTP, told in a report.

Plain Python with ``cim``: it needs neither the portal's code nor its database.
"""
