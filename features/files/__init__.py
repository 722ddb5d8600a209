"""How files of others are read: what a file is, how it is packed, its encoding and its form.

Imports of feeds and tables with a label read files through this room alone, so that both read the
same file alike. In order: a file is unpacked (`packed`), its bytes are looked over once
(`text.survey`), its encoding is decided by evidence (`text.decoded`, `text.encodings`,
`text.letters`), its delimiter, header and what is not a row are found (`text.layouts`), what a
plain reader would stumble over is copied in a plain form (`prepared`), and its rows are counted
without the reader that will read them (`counting`).
"""
