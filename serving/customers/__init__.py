"""ROOM DOC"""
