"""Reads cases from standard input, a JSON array of arrays of documents, and answers for each whether all
documents of it are the same but for white space that is layout: true, or what differs."""

import json
import sys
from xml.dom import Node, minidom


def described(node, keep, fixed):
    """What a node is, without the white space between nodes none of which is text."""
    if node.nodeType == Node.ELEMENT_NODE:
        kept = node.getAttribute("xml:space")
        keep = kept == "preserve" or keep and kept != "default"
        children = node.childNodes
        texts = [c for c in children if c.nodeType in (Node.TEXT_NODE, Node.CDATA_SECTION_NODE)]
        fixed = fixed or any(c.nodeType == Node.CDATA_SECTION_NODE or c.data.strip(" \t\r\n") for c in texts)
        if not keep and not fixed and len(texts) < len(children):
            children = [c for c in children if c not in texts]
        attributes = [(a.name, a.value) for a in node.attributes.values()]
        return [node.tagName, attributes, [described(c, keep, fixed) for c in children]]
    if node.nodeType == Node.DOCUMENT_NODE:
        return [described(c, keep, fixed) for c in node.childNodes]
    if node.nodeType == Node.DOCUMENT_TYPE_NODE:
        return [node.name, node.publicId, node.systemId, node.internalSubset]
    if node.nodeType == Node.PROCESSING_INSTRUCTION_NODE:
        return [node.nodeType, node.target, node.data]
    return [node.nodeType, node.data]


def judged(documents):
    try:
        trees = [described(minidom.parseString(d.encode("utf-8")), False, False) for d in documents]
    except Exception as e:  # what it cannot read
        return repr(e)
    for tree in trees:
        if tree != trees[0]:
            return "%r is not %r" % (tree, trees[0])
    return True


json.dump([judged(case) for case in json.load(sys.stdin)], sys.stdout)
