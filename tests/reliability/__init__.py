"""Is every promise kept while processes, connections and acknowledgements are lost?"""
