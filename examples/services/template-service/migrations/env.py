from maestro_core_db.migrations import run
from sqlalchemy import MetaData

run(MetaData())
