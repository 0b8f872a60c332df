"""Signatures of the usual mistakes: what a wrong gradient looks like, told from the forward pass alone.

No signature knows the right backward pass. Each compares the wrong gradient with the numeric one, with the upstream
gradient and the arguments, or with the numeric gradient of the same forward pass under another assumption ("what if
the stride were 1?").
"""
