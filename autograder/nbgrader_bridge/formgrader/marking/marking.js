// Marking by question: links and keys that lead to the next answer that waits for a mark, here or in another notebook.
$(window).on("load", function () {
    const questions = Object.keys(stillToMark);

    const indexOf = (question) => $(".tabbable").index($("#" + $.escapeSelector(question)));
    const address = (question, number) => `${base_url}/submissions/${number}/?index=${indexOf(question)}`;

    // The question of the field that was chosen last; undefined beside a cell that no person marks.
    function current() {
        const name = formgrader.last_selected.parents(".nbgrader_cell").find(".score").attr("id");
        return questions.includes(name) ? name : undefined;
    }

    function nextOthers(question) {
        const others = stillToMark[question].filter((number) => number !== submission_id);
        return others.find((number) => number > submission_id) || others[0];
    }

    function following(question) {
        const place = questions.indexOf(question) + 1;
        return questions.slice(place).concat(questions.slice(0, place - 1));
    }

    function say(text) {
        $("#statusmessage").text(text).css("color", "#333").show().delay(2000).fadeOut(500);
    }

    function leadTo(url) {
        formgrader.save(function () { window.location = url; });
    }

    function nextOfQuestion(event) {
        event.preventDefault();
        const question = current();
        const number = question && nextOthers(question);
        if (number) return leadTo(address(question, number));
        const other = following(question).find((each) => stillToMark[each].length);
        if (other) return leadTo(address(other, stillToMark[other][0]));
        formgrader.save(function () { say("No other answer waits for a mark"); });
    }

    function nextHere(event) {
        event.preventDefault();
        const waiting = following(current()).filter((each) => stillToMark[each].includes(submission_id));
        if (waiting.length) formgrader.selectInput(indexOf(waiting[0]));
        else say("No other answer waits for a mark in this notebook");
    }

    formgrader.keyboard_manager.register({
        handler: nextOfQuestion, keybinding: "control-enter",
        help: "Save, and move to the next answer to the same question that waits for a mark; after the last one, to the next question",
    });
    formgrader.keyboard_manager.register({
        handler: nextHere, keybinding: "control-shift-enter",
        help: "Move to the next answer of this notebook that waits for a mark",
    });

    const bar = $("<nav/>").attr({id: "by-question", "aria-label": "Answers that wait for a mark, by question"});
    bar.append($("<strong/>").text("Waiting for a mark, by question (Ctrl+Enter: the next one)"), "<br>");
    questions.forEach(function (question) {
        const numbers = stillToMark[question];
        bar.append(numbers.length
            ? $("<a/>").attr("href", address(question, numbers[0])).text(`${question}: ${numbers.length}`)
            : $("<span/>").text(`${question}: ✓`));
    });
    if (questions.length) $("#notebook").before(bar);
});
