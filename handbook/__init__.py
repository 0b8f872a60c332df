"""The handbook: a site, and one PDF, made of the documents and of the notebooks as students get them, with their pictures.

python -m handbook                 # build/handbook/index.html
python -m handbook --pdf           # and build/handbook.pdf
"""
