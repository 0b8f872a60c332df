// nbgrader's lists say "None, None" of a student without a name, and "None" of what is not set: the id alone, and a dash.
for (const View of [window.SubmissionUI, window.StudentUI, window.AssignmentUI].filter(Boolean)) {
  const render = View.prototype.render;
  View.prototype.render = function () {
    render.call(this);
    const cell = this.$student_name || (this.$edit && this.$email && this.$name);
    if (cell) {
      const names = [this.model.get("last_name"), this.model.get("first_name")].filter(Boolean);
      const name = names.join(", ") || this.model.get("student") || this.model.get("id");
      (cell.find("a").length ? cell.find("a") : cell).text(name);
      cell.attr("data-order", name);
    }
    this.$el.find("td").filter((_, each) => !each.children.length && each.textContent === "None").text("–");
  };
}
const exchange = document.querySelector("#warning-exchange");
if (exchange) {
  exchange.classList.replace("alert-warning", "alert-info");
  exchange.innerHTML =
    "There is no nbgrader exchange on this machine, and none is needed: <code>course bundle</code> makes what is handed out, " +
    "<code>course collect</code> takes in what is handed in. The columns Release, Collect and Release Feedback stay without use.";
}
