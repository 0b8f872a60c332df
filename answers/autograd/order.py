"""Planted answers: orders of a graph."""

from answers import right, wrong


@wrong("topological_order", "a chain of 4,000: no recursion: .*RecursionError", earns=(0.6, 0.95))
def by_recursion(tensor):
    order, seen = [], set()

    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(tensor)
    return order


@wrong("topological_order", "the last of the list", earns=(0.0, 0.4))
def children_first(tensor):
    return depth_first(tensor)[::-1]


@wrong("topological_order", "tensors stand in the list more than once", earns=(0.2, 0.6))
def each_use_again(tensor):
    order, waiting = [], [tensor]
    while waiting and len(order) < 5000:
        node = waiting.pop(0)
        order.append(node)
        waiting.extend(node.parents)
    return order[::-1]


@wrong("topological_order", "stands before one that it was computed from", earns=(0.2, 0.7))
def breadth_first(tensor):
    order, seen, waiting = [], {id(tensor)}, [tensor]
    while waiting:
        node = waiting.pop(0)
        order.append(node)
        for parent in node.parents:
            if id(parent) not in seen:
                seen.add(id(parent))
                waiting.append(parent)
    return order[::-1]


@wrong("topological_order", "stands before one that it was computed from", earns=(0.2, 0.8))
def written_down_when_first_seen(tensor):
    order, seen, stack = [], set(), [tensor]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            order.append(node)
            stack.extend(node.parents)
    return order[::-1]


@wrong("topological_order", "are missing from the list|the last of the list|the list is empty")
def without_itself(tensor):
    return depth_first(tensor)[:-1]


@wrong("topological_order", "are missing from the list", earns=(0.0, 0.5))
def the_first_parent_alone(tensor):
    order = [tensor]
    while order[-1].parents:
        order.append(order[-1].parents[0])
    return order[::-1]


@right("topological_order")
def depth_first(tensor):
    order, seen = [], {tensor}
    stack = [(tensor, iter(tensor.parents))]
    while stack:
        node, parents = stack[-1]
        for parent in parents:
            if parent not in seen:
                seen.add(parent)
                stack.append((parent, iter(parent.parents)))
                break
        else:
            order.append(node)
            stack.pop()
    return order


@right("topological_order")
def by_counting_children(tensor):
    """Kahn 1962, from the output."""
    children, nodes, waiting = {id(tensor): 0}, [], [tensor]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        for parent in node.parents:
            if id(parent) not in children:
                children[id(parent)] = 0
                waiting.append(parent)
            children[id(parent)] += 1
    order, ready = [], [tensor]
    while ready:
        node = ready.pop()
        order.insert(0, node)
        for parent in node.parents:
            children[id(parent)] -= 1
            if not children[id(parent)]:
                ready.append(parent)
    return order


@right("topological_order")
def finished_when_all_parents_are(tensor):
    order, done, stack = [], set(), [tensor]
    while stack:
        node = stack[-1]
        open_parents = [parent for parent in node.parents if id(parent) not in done]
        if open_parents:
            stack.append(open_parents[-1])
            continue
        stack.pop()
        if id(node) not in done:
            done.add(id(node))
            order.append(node)
    return order
