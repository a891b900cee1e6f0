module.exports = require("maestro/program");
