"""Common Information Model messages (IEC 61968-100 Edition 1). Plain Python and lxml, no Django."""
